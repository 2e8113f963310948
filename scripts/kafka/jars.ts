import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { mavenCommand, runTool } from './tools.ts'

const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/** Where jars and the default broker live, outside of the repository. */
export function cacheFolder(): string {
  const set = process.env['XDG_CACHE_HOME']
  return join(set === undefined || set === '' ? join(homedir(), '.cache') : set, 'millrace', 'kafka')
}

/** Where the jars of this pom are or will be: another pom or version has another folder. */
function jarFolder(resources: string, version: string | undefined): string {
  const digest = createHash('sha256').update(readFileSync(join(resources, 'pom.xml'))).update(version ?? '').digest('hex')
  return join(cacheFolder(), `jars-${digest.slice(0, 12)}`)
}

export function haveJars(resources: string, version?: string): boolean {
  return existsSync(jarFolder(resources, version))
}

/** The class path of a broker. Maven collects the jars the first time (about 43 MB). @throws MissingToolError */
export function brokerJars(resources: string, version?: string): string {
  const folder = jarFolder(resources, version)
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true })
    // Two processes may collect at the same time: each has a folder of its own, and one of them gets the name.
    const part = mkdtempSync(`${folder}.`)
    const maven = mavenCommand()
    const ofVersion = version === undefined ? [] : [`-Dkafka.version=${version}`]
    runTool(maven, ['-B', '-ntp', '-q', '-f', join(resources, 'pom.xml'), copyDependencies, '-DincludeScope=runtime', `-DoutputDirectory=${part}`, ...ofVersion])
    try {
      renameSync(part, folder)
    } catch (error) {
      if (!existsSync(folder)) throw error
      rmSync(part, { recursive: true, force: true })
    }
  }
  return readdirSync(folder).filter(name => name.endsWith('.jar')).sort().map(name => join(folder, name)).join(':')
}
