import { messageOf } from './errors.ts'

/** Whether an error comes from the operating system: Node gives those a code like ENOENT; ERR_… are its libraries'. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^E(?!RR_)[A-Z0-9]+$/.test(code)
}

const advice: ReadonlyMap<string, string> = new Map([
  ['ENOTDIR', 'A part of the path is a file: choose another path, or move that file away'],
  ['EEXIST', 'A part of the path is a file: choose another path, or move that file away'],
  ['EISDIR', 'It is a folder where a file is needed: choose another path'],
  ['EACCES', 'Give the user of this process the right to it'],
  ['EPERM', 'Give the user of this process the right to it'],
  ['EROFS', 'The file system can only be read: choose another path'],
  ['ENOSPC', 'The disk is full: make room on it'],
  ['EDQUOT', 'The quota is used up: make room'],
  ['ENAMETOOLONG', 'The name is too long: choose a shorter path'],
  ['EMFILE', 'Too many files are open: raise the limit of the process'],
  ['ENFILE', 'Too many files are open: raise the limit of the system'],
  ['ELOOP', 'Its symbolic links lead in a circle: correct them'],
])

/** What the system said and what to do about it, as two sentences without the last full stop. */
export function systemProblem(error: NodeJS.ErrnoException): string {
  return `${messageOf(error)}. ${advice.get(error.code ?? '') ?? 'Remove the cause'}`
}
