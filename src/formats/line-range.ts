import type { ReadableFile } from '../common/file-system.ts'
import { piecesOf } from './read-pieces.ts'

/*
 *   bytes     …  \n  a  a  a  \n  b  b  b  b  \n  c  c  \n  …
 *   cut at                  ^              ^
 *   part                    |b  b  b  b  \n|  — the lines that begin in it, the last one to its end
 *
 * A line belongs to the part in which it begins, and it begins behind a newline. So a part passes over the bytes up to
 * the first newline, the byte before the part included, and goes on behind its end up to the newline of its last line.
 * Wherever a file is cut, each line is in exactly one part, and parts in their order have the lines in theirs.
 */

/** A part of a file: the lines that begin at `start` or behind it and before `end`, in bytes of the file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const newline = 0x0a
/** Behind its end a part usually has one line only, and before its first line a piece of one. */
const edgeBytes = 64 * 1024

/** Where the first line of the part begins; its end when none begins in it. */
export async function firstLineOf(file: ReadableFile, origin: string, { start, end }: ByteRange): Promise<number> {
  if (start === 0) return 0
  let at = start - 1
  for await (const piece of piecesOf(file, origin, at, Math.min(end - 1, file.size), edgeBytes)) {
    const found = piece.indexOf(newline)
    if (found >= 0) return at + found + 1
    at += piece.length
  }
  return end
}

/** The bytes of the part's lines, which begin at `first`. A piece is lent until the next one is asked for. */
export async function* linesOf(file: ReadableFile, origin: string, first: number, end: number): AsyncGenerator<Uint8Array> {
  let last = newline
  for await (const piece of piecesOf(file, origin, first, Math.min(end, file.size))) {
    last = piece[piece.length - 1]
    yield piece
  }
  if (last === newline) return
  for await (const piece of piecesOf(file, origin, end, file.size, edgeBytes)) {
    const found = piece.indexOf(newline)
    yield found < 0 ? piece : piece.subarray(0, found + 1)
    if (found >= 0) return
  }
}

export function countLines(piece: Uint8Array): number {
  let lines = 0
  for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, at + 1)) lines++
  return lines
}
