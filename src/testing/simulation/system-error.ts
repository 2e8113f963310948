const texts = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  EBADF: 'bad file descriptor',
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  EMFILE: 'too many open files',
} as const

export type SystemErrorCode = keyof typeof texts

/** An error as Node reports those of the operating system. Also for tests that inject one. */
export function systemError(code: SystemErrorCode, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${texts[code]}, ${syscall} '${path}'`), { code, syscall, path })
}
