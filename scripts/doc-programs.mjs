// The TypeScript of a Markdown page as one program: all its ts blocks in their order, with their imports first.
import { readFileSync } from 'node:fs'

/** The program of a page; empty when it has no ts block. */
export function programOf(path) {
  const imports = new Set()
  const parts = []
  for (const [, block] of readFileSync(path, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    parts.push(
      block.replace(/^import \{([^}]*)\} from 'millrace'\n/gm, (_, names) => {
        for (const name of names.split(',')) if (name.trim() !== '') imports.add(name.trim())
        return ''
      }),
    )
  }
  return parts.length === 0 ? '' : `import { ${[...imports].sort().join(', ')} } from 'millrace'\n${parts.join('\n')}export {}\n`
}
