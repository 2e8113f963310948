import type { Console } from '../console.ts'

/** Standard output. */
export const nodeConsole: Console = Object.freeze({
  write(text: string): void {
    process.stdout.write(text)
  },
})
