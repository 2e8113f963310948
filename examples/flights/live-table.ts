import type { WriteStream } from 'node:tty'

const escape = '\u001b['
const hideCursor = `${escape}?25l`
const showCursor = `${escape}?25h`
const clearLine = `${escape}2K`
const clearBelow = `${escape}0J`
const styles = { bold: '1', dim: '2', cyan: '36', yellow: '33' } as const

/** Text in a style, for a terminal. */
export function styled(style: keyof typeof styles, text: string): string {
  return `${escape}${styles[style]}m${text}${escape}0m`
}

/** A horizontal bar, to an eighth of a character; `size` characters stand for `full`. */
export function bar(value: number, full: number, size: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, value / full)) * size * 8)
  const rest = eighths % 8
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : String.fromCharCode(0x2590 - rest))
}

export interface TableColumn<R> {
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
  readonly text: (row: R) => string
}

/** A table with a title line, as lines of text. */
export function tableLines<R>(columns: readonly TableColumn<R>[], rows: readonly R[]): string[] {
  const cell = (c: TableColumn<R>, text: string): string => (c.align === 'left' ? text.padEnd(c.width) : text.padStart(c.width))
  const line = (text: (c: TableColumn<R>) => string): string => columns.map(c => cell(c, text(c))).join('  ').trimEnd()
  return [styled('dim', line(c => c.title)), ...rows.map(row => line(c => c.text(row)))]
}

/** Shows what changes in one place of the terminal, by going back to its first line and writing over it. */
export class LiveTable {
  readonly #out: WriteStream
  #height = 0

  constructor(out: WriteStream) {
    this.#out = out
    out.write(hideCursor)
  }

  draw(lines: readonly string[]): void {
    // A line that wraps, or more lines than the terminal has, would make the way back up wrong.
    const shown = lines.slice(0, Math.max(1, (this.#out.rows ?? 24) - 1)).map(l => clip(l, (this.#out.columns ?? 80) - 1))
    const up = this.#height === 0 ? '\r' : `${escape}${this.#height}F`
    // One write a frame, so that the terminal never shows half of one.
    this.#out.write(up + shown.map(l => `${clearLine}${l}\n`).join('') + clearBelow)
    this.#height = shown.length
  }

  /** Leaves the last frame where it is. */
  close(): void {
    this.#out.write(showCursor)
  }
}

/** The first `width` characters that are seen; escape sequences take no room and are all kept. */
function clip(line: string, width: number): string {
  let room = width
  return line.replace(/(\u001b\[[0-9;]*m)|([\s\S])/gu, (all, sequence: string | undefined) => (sequence !== undefined || room-- > 0 ? all : ''))
}
