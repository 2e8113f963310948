import type { Console } from '../console.ts'

const unheard = new Set<object>()

/** Only where the program has not decided on an exit code itself. */
function failUnheard(): void {
  if (unheard.size > 0 && process.exitCode === undefined) process.exitCode = 1
}

/** Standard output; warnings as Node's own, which go to standard error and can be listened for. */
export const nodeConsole: Console = Object.freeze({
  write(text: string): void {
    process.stdout.write(text)
  },
  warn(text: string): void {
    process.emitWarning(text, 'MillraceWarning')
  },
  unheardFailure(text: string): Disposable {
    process.emitWarning(text, 'MillraceWarning')
    if (!process.listeners('exit').includes(failUnheard)) process.on('exit', failUnheard)
    const failure = { [Symbol.dispose]: () => void unheard.delete(failure) }
    unheard.add(failure)
    return failure
  },
})
