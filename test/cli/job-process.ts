import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const millrace = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))

export function jobFile(name: string): string {
  return fileURLToPath(new URL(`jobs/${name}.mjs`, import.meta.url))
}

export interface LogLine {
  readonly level: string
  readonly time: string
  readonly query?: string
  readonly batch?: number
  readonly code?: string
  readonly message: string
  readonly [field: string]: unknown
}

/** A `millrace` command as its own process. Nothing of this process's environment but what Node needs reaches it. */
export class JobProcess {
  readonly #child: ChildProcess
  readonly #out: string[] = []
  readonly #err: string[] = []
  readonly #exit: Promise<number>

  constructor(args: readonly string[], environment: { readonly [name: string]: string } = {}) {
    this.#child = spawn(process.execPath, [millrace, ...args], { env: { PATH: process.env.PATH ?? '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.on('data', (part: Buffer) => this.#out.push(part.toString()))
    this.#child.stderr?.on('data', (part: Buffer) => this.#err.push(part.toString()))
    // -1: a signal ended it.
    this.#exit = once(this.#child, 'close').then(([code]) => (code as number | null) ?? -1)
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  get out(): string {
    return this.#out.join('')
  }
  get err(): string {
    return this.#err.join('')
  }
  /** Complete lines; throws where one is no JSON. */
  get log(): readonly LogLine[] {
    return this.out.split('\n').slice(0, -1).map(line => JSON.parse(line) as LogLine)
  }

  exit(): Promise<number> {
    return this.#exit
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The first line that is meant, once it is there. */
  line(isMeant: (line: LogLine) => boolean): Promise<LogLine> {
    return vi.waitFor(
      () => {
        const found = this.log.find(isMeant)
        if (found === undefined) throw new Error(`The line has not come. ${this.out}${this.err}`)
        return found
      },
      { timeout: 30_000, interval: 20 },
    )
  }
}

/** Runs a command to its end. */
export async function run(args: readonly string[], environment: { readonly [name: string]: string } = {}): Promise<{ code: number; out: string; err: string; log(): readonly LogLine[] }> {
  const child = new JobProcess(args, environment)
  const code = await child.exit()
  return { code, out: child.out, err: child.err, log: () => child.log }
}

/** Folders of the job `copy` with its first input, and its settings as flags. */
export class CopyPlace {
  readonly top: string
  readonly settings: readonly string[]

  private constructor(top: string) {
    this.top = top
    this.settings = ['input', 'output', 'checkpoint', 'behaviour'].flatMap(name => ['--set', `${name}=${join(top, name)}`])
  }

  static async make(behaviour = 'copy'): Promise<CopyPlace> {
    const place = new CopyPlace(await temporaryFolder())
    await mkdir(join(place.top, 'input'))
    await place.behave(behaviour)
    await place.add('a', [1, 2])
    return place
  }

  behave(behaviour: string): Promise<void> {
    return writeFile(join(this.top, 'behaviour'), behaviour)
  }

  add(name: string, ids: readonly number[]): Promise<void> {
    return addNumbers(join(this.top, 'input'), name, ids)
  }

  /** What the sink wrote. */
  async copied(): Promise<readonly string[]> {
    const text = await readFile(join(this.top, 'output'), 'utf8').catch(() => '')
    return text.split('\n').filter(line => line !== '')
  }

  /** Every byte of every file below the folder, as one text. */
  async everything(folder = this.top): Promise<string> {
    const files = (await readdir(folder, { withFileTypes: true, recursive: true })).filter(e => e.isFile())
    return (await Promise.all(files.map(e => readFile(join(e.parentPath, e.name), 'latin1')))).join('\n')
  }
}

/** A file of numbers that is whole from the moment it is there. */
export async function addNumbers(folder: string, name: string, ids: readonly number[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `.${name}`), ids.map(id => `{"id":${id}}\n`).join(''))
  await rename(join(folder, `.${name}`), join(folder, `${name}.jsonl`))
}
