import { fileURLToPath } from 'node:url'
import type { FileSystem } from '../../common/file-system.ts'

const folder = fileURLToPath(new URL('../../../docs/errors/', import.meta.url))

/**
 * What the documentation says of an error code: the pages of docs/errors, which are part of the package, have a section for
 * each. Without them (in a bundle) there is no advice.
 */
export class ErrorAdvice {
  readonly #files: FileSystem
  #sections: Promise<ReadonlyMap<string, string>> | undefined

  constructor(files: FileSystem) {
    this.#files = files
  }

  async of(code: string | null): Promise<string | null> {
    if (code === null) return null
    this.#sections ??= this.#read().catch(() => new Map())
    return (await this.#sections).get(code) ?? null
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    const sections = new Map<string, string>()
    for (const { name, kind } of await this.#files.list(folder)) {
      if (kind !== 'file' || !name.endsWith('.md')) continue
      const page = new TextDecoder().decode(await this.#files.readFile(`${folder}${name}`))
      for (const [, code, text] of page.matchAll(/^### ([A-Z][A-Z0-9_]+)\n([\s\S]*?)(?=^#|(?![\s\S]))/gm)) sections.set(code, text.trim().replaceAll(/(?<!\n)\n(?!\n|- |\|)/g, ' '))
    }
    return sections
  }
}
