import type { Expr } from '../../../expr/expr.ts'

/** The columns that an expression reads and the functions that it calls, each once. */
export function columnsIn(expr: Expr): { readonly names: readonly string[]; readonly calls: readonly string[] } {
  const names = new Set<string>()
  const calls = new Set<string>()
  const visit = (e: Expr): void => {
    switch (e.kind) {
      case 'column':
        names.add(e.name)
        break
      case 'call':
        calls.add(e.name)
        e.args.forEach(visit)
        break
      case 'cast':
      case 'field':
        visit(e.input)
        break
      case 'case':
        for (const branch of e.branches) {
          visit(branch.when)
          visit(branch.then)
        }
        if (e.otherwise !== null) visit(e.otherwise)
    }
  }
  visit(expr)
  return { names: [...names], calls: [...calls] }
}
