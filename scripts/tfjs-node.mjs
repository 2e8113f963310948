// Makes @tensorflow/tfjs-node run where only package registries can be reached: `npm run tfjs-node`. Its own installer
// downloads TensorFlow's library and its addon from a storage bucket. Here the library comes out of TensorFlow's artifact
// for Java (Maven), and the addon is compiled from the sources that the npm package holds.
//
// Everything lies in a folder outside of the repository, made once (about 800 MB, a minute); node_modules gets a link to
// it. Run again, it only checks. Linux on x64, with npm, mvn, a C++17 compiler, and unzip, jar or python3.
//
//   MILLRACE_TFJS_NODE_HOME   the folder (default: millrace/tfjs-node in $XDG_CACHE_HOME or ~/.cache)
//   CXX                       the compiler (default: g++)
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

const packageName = '@tensorflow/tfjs-node'
const packageVersion = '4.22.0'
const artifact = { group: 'org.tensorflow', name: 'tensorflow-core-api', version: '0.5.0', classifier: 'linux-x86_64' }
/** Unpacked libraries of TensorFlow 2.10.1, by name, with their SHA-256 digests. */
const libraries = {
  'libtensorflow_cc.so.2': '5ae84cb63f4ea5cf91ceda184f4dd8b1587f309f42cd6455b71840aa04bee255',
  'libtensorflow_framework.so.2': 'd15439dbd77dac3bb12cbc041b90448f8f983f0bef19dd32fd27f1d32858d2b1',
}
/** The headers that the addon's sources name; one of ours stands for all of them. */
const headers = ['c/c_api.h', 'c/eager/c_api.h', 'c/tf_datatype.h', 'c/tf_status.h', 'c/tf_tensor.h', 'core/platform/ctstring_internal.h']

const root = fileURLToPath(new URL('..', import.meta.url))
const ownHeader = fileURLToPath(new URL('./tfjs-node-build/tensorflow-c.h', import.meta.url))
const cache = process.env.MILLRACE_TFJS_NODE_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace', 'tfjs-node')
const home = join(cache, `${packageVersion}-${artifact.version}`)
const link = join(root, 'node_modules', packageName)

class Stop extends Error {}

/** Runs a command; its output is the error's text when it fails. */
function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, timeout: 20 * 60_000 })
  if (done.error?.code === 'ENOENT') throw new Stop(`${command} is not installed`)
  if (done.status !== 0) throw new Stop(`${command} ${args[0]} failed:\n${`${done.stdout}${done.stderr}`.trim().slice(-2000)}`)
  return done.stdout
}

/** Does the package work for programs of this repository? Its answer, or undefined. */
function check() {
  const program = `
    import { createRequire } from 'node:module'
    const util = createRequire(import.meta.url)('node:util')
    util.isNullOrUndefined ??= v => v == null
    util.isArray ??= Array.isArray
    const { default: tf } = await import('${packageName}')
    const product = tf.matMul(tf.tensor2d([[2, 3]]), tf.tensor2d([[5], [7]])).dataSync()[0]
    if (tf.getBackend() !== 'tensorflow' || product !== 31) throw new Error('a product is ' + product)
    console.log('${packageName} ' + tf.version_core + ' runs on TensorFlow ' + tf.backend().binding.TF_Version + ' in Node ' + process.versions.node)`
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' }
  const done = spawnSync(process.execPath, ['--input-type=module', '--no-deprecation', '-e', program], { cwd: root, env, encoding: 'utf8', timeout: 120_000 })
  return { works: done.status === 0, text: done.status === 0 ? done.stdout.trim().split('\n').at(-1) : done.stderr.trim().slice(-1000) }
}

/** The JavaScript packages, without their installers. */
function fetchPackages(work) {
  writeFileSync(join(work, 'package.json'), JSON.stringify({ name: 'tfjs-node-home', private: true }))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', `${packageName}@${packageVersion}`, 'node-api-headers@1'], work)
  return join(work, 'node_modules', packageName)
}

/** TensorFlow's libraries out of the Java artifact, checked. */
async function fetchLibraries(work, target) {
  const jar = join(work, `${artifact.name}-${artifact.version}-${artifact.classifier}.jar`)
  const coordinates = `${artifact.group}:${artifact.name}:${artifact.version}:jar:${artifact.classifier}`
  run('mvn', ['-q', '-B', 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${work}`], work)
  const inside = `org/tensorflow/internal/c_api/${artifact.classifier}`
  const names = Object.keys(libraries)
  const ways = [['unzip', ['-qq', '-o', jar, ...names.map(n => `${inside}/${n}`)]], ['jar', ['xf', jar, ...names.map(n => `${inside}/${n}`)]], ['python3', ['-m', 'zipfile', '-e', jar, '.']]]
  const missing = []
  for (const [command, args] of ways) {
    try {
      run(command, args, work)
      missing.length = 0
      break
    } catch (error) {
      missing.push(error.message)
    }
  }
  if (missing.length > 0) throw new Stop(missing.join('\n'))
  mkdirSync(target, { recursive: true })
  for (const [name, digest] of Object.entries(libraries)) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(work, inside, name)), hash)
    if (hash.digest('hex') !== digest) throw new Stop(`${name} of ${coordinates} is not the file that was expected`)
    renameSync(join(work, inside, name), join(target, name))
  }
  for (const [name, of] of [['libtensorflow.so', 'libtensorflow_cc.so.2'], ['libtensorflow_framework.so', 'libtensorflow_framework.so.2']]) symlinkSync(of, join(target, name))
  rmSync(join(work, 'org'), { recursive: true })
  rmSync(jar)
}

/** The addon, from the sources in the package. */
function compile(work, pack) {
  const include = join(work, 'include')
  for (const name of headers) {
    const path = join(include, 'tensorflow', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `#include "${ownHeader}"\n`)
  }
  const output = join(pack, 'lib', 'napi-v8', 'tfjs_binding.node')
  mkdirSync(dirname(output), { recursive: true })
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(pack, 'binding', name))
  const libs = Object.keys(libraries).map(name => join(pack, 'deps', 'lib', name))
  const places = ['-I', include, '-I', pack, '-I', join(work, 'node_modules', 'node-api-headers', 'include')]
  run(process.env.CXX ?? 'g++', ['-shared', '-fPIC', '-std=c++17', '-O2', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION', ...places, ...sources, ...libs, '-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', output], work)
  rmSync(include, { recursive: true })
}

/** Fills the folder. It gets its name when everything is in it, so that a half-filled one is never used. */
async function prepare() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Stop(`this works on Linux x64 only; on ${process.platform} ${process.arch} run: npm install --ignore-scripts=false ${packageName}@${packageVersion}`)
  }
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'part-'))
  try {
    console.log(`making ${home}`)
    const pack = fetchPackages(work)
    await fetchLibraries(work, join(pack, 'deps', 'lib'))
    compile(work, pack)
    if (!existsSync(home)) renameSync(work, home)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function isThere(path) {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

try {
  let now = check()
  if (!now.works) {
    if (!existsSync(home)) await prepare()
    if (isThere(link)) rmSync(link, { recursive: true })
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(home, 'node_modules', packageName), link)
    now = check()
    if (!now.works) throw new Stop(`${packageName} is in place and does not run:\n${now.text}`)
  }
  console.log(now.text)
} catch (error) {
  if (!(error instanceof Stop)) throw error
  console.error(`tfjs-node: ${error.message}`)
  process.exitCode = 1
}
