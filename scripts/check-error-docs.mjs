// Compares the error codes of the code with the pages of docs/errors: every code has its section, every section its code.
import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes } from '../dist/common/error-codes.js'

const folder = new URL('../docs/errors/', import.meta.url)
const text = readdirSync(folder).filter(n => n.endsWith('.md')).map(n => readFileSync(new URL(n, folder), 'utf8')).join('\n')
const documented = [...text.matchAll(/^### ([A-Z][A-Z0-9_]+)$/gm)].map(m => m[1])
const codes = Object.keys(errorCodes)
const problems = [
  ...codes.filter(c => !documented.includes(c)).map(c => `docs/errors has no section for ${c}`),
  ...documented.filter(c => !codes.includes(c)).map(c => `docs/errors describes ${c}, which is no code`),
  ...documented.filter((c, i) => documented.indexOf(c) !== i).map(c => `docs/errors describes ${c} twice`),
]
for (const p of problems) console.log(p)
if (problems.length === 0) console.log(`${codes.length} error codes, all described`)
process.exitCode = problems.length === 0 ? 0 : 1
