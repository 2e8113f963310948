import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Something that a broker needs is not on this machine. The message says what and how to get it. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError'
}

const howTo = 'Install both, for example with: apt-get install openjdk-17-jre-headless maven'

/** The java command: of JAVA_HOME where there is one, else of the path. Kafka 4 needs version 17. @throws MissingToolError */
export function javaCommand(): string {
  const home = process.env['JAVA_HOME']
  const own = home === undefined ? undefined : join(home, 'bin', 'java')
  const command = own !== undefined && existsSync(own) ? own : 'java'
  const run = spawnSync(command, ['-version'], { encoding: 'utf8' })
  if (run.error !== undefined) throw new MissingToolError(`A Kafka broker needs Java 17 or later and, once, Maven; there is no java. ${howTo}`)
  const version = Number(/version "(\d+)/.exec(run.stderr + run.stdout)?.[1])
  if (!(version >= 17)) throw new MissingToolError(`A Kafka broker needs Java 17 or later, and java is version ${version}. ${howTo}`)
  return command
}

/** @throws MissingToolError */
export function mavenCommand(): string {
  const run = spawnSync('mvn', ['--version'], { encoding: 'utf8' })
  if (run.error !== undefined) throw new MissingToolError(`Maven collects the jars of a Kafka broker once, and there is no mvn. ${howTo}`)
  return 'mvn'
}

/** Runs a tool to its end and gives what it wrote. @throws Error with its last words where it fails */
export function runTool(command: string, args: readonly string[]): string {
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (run.error !== undefined) {
    if ((run.error as NodeJS.ErrnoException).code === 'ENOENT') throw new MissingToolError(`There is no ${command} on this machine. Install it.`)
    throw run.error
  }
  if (run.status !== 0) throw new Error(`${command} ${args[0]} ended with ${run.status ?? run.signal}:\n${(run.stdout + run.stderr).slice(-4000)}`)
  return run.stdout
}
