import { arrayType, type DataType, type Field, field, float64Type, structType } from '../../columnar/data-type.ts'
import { checkConvertible, missing } from '../conform.ts'
import { type ColumnOrigin, mismatch } from '../file-errors.ts'
import { type FileNode, firstLeaf, type Leaf, nodeType } from './file-schema.ts'

/** What is read of a column: only the parts of it that the schema asks for. */
export interface ReadNode {
  readonly node: FileNode
  /** What comes out of the file, before it is converted to the declared type. */
  readonly type: DataType
  readonly children: readonly ReadNode[]
  /** The physical column whose levels tell this node's nulls and lengths. */
  readonly shape: Leaf
}

/** One declared column: where it comes from, or null when the file does not have it and it may be null. */
export interface ReadColumn {
  readonly wanted: Field
  readonly origin: ColumnOrigin
  readonly read: ReadNode | null
}

/**
 * Matches the declared columns with those of the file, by name.
 *
 * @throws QueryError FORMAT_SCHEMA_MISMATCH, FORMAT_UNSUPPORTED
 */
export function planColumns(columns: readonly FileNode[], wanted: readonly Field[], file: string): ReadColumn[] {
  return wanted.map(want => {
    const origin = { file, column: want.name }
    const node = columns.find(c => c.name === want.name)
    if (node === undefined) {
      if (!want.nullable) throw missing(origin)
      return { wanted: want, origin, read: null }
    }
    const read = planNode(node, want.type, origin)
    checkConvertible(read.type, want.type, origin)
    return { wanted: want, origin, read }
  })
}

function planNode(node: FileNode, wanted: DataType, where: ColumnOrigin): ReadNode {
  // A map lies in the file as a list of key and value, and is read as one where the schema says so.
  const isMapAsList = node.kind === 'list' && wanted.kind === 'array'
  if (node.unsupported !== null && !isMapAsList) nodeType(node, where)
  const shape = firstLeaf(node)
  if (shape === null) throw mismatch(where, 'has no values of a type that can be read', 'Leave it out of the schema.')
  if (node.leaf !== null) return { node, type: node.leaf.type, children: [], shape }
  if (node.kind === 'list') {
    const inner = wanted.kind === 'array' ? wanted.element : wanted.kind === 'vector' ? float64Type : null
    const element = node.children[0]
    const elementOrigin = { file: where.file, column: `${where.column}.element` }
    const child = planNode(element, inner ?? nodeType(element, elementOrigin), elementOrigin)
    return { node, type: arrayType(child.type, element.nullable), children: [child], shape: child.shape }
  }
  const fields = wanted.kind === 'struct' ? wanted.fields : []
  const children: ReadNode[] = []
  const types: Field[] = []
  for (const f of fields) {
    const inner = node.children.find(c => c.name === f.name)
    if (inner === undefined) continue
    const child = planNode(inner, f.type, { file: where.file, column: `${where.column}.${f.name}` })
    children.push(child)
    types.push(field(f.name, child.type, inner.nullable))
  }
  return { node, type: structType(types), children, shape: children[0]?.shape ?? shape }
}

/** The physical columns that the plan touches, each once. */
export function leavesOf(columns: readonly ReadColumn[]): Leaf[] {
  const leaves = new Map<number, Leaf>()
  const visit = (read: ReadNode): void => {
    leaves.set(read.shape.index, read.shape)
    read.children.forEach(visit)
  }
  for (const column of columns) if (column.read !== null) visit(column.read)
  return [...leaves.values()]
}
