import type { SchemaElement } from 'hyparquet'
import { arrayType, type DataType, field, structType } from '../../columnar/data-type.ts'
import { type ColumnOrigin, unsupported } from '../file-errors.ts'
import { type LeafKind, leafType } from './leaf-type.ts'

/**
 * A column, list or struct of a Parquet file, with the levels at which it exists (the Dremel encoding):
 * a slot of the node is there where the definition level is at least `slotLevel`, and holds a value (not null) where it
 * is at least `level`. `depth` counts the lists around it: its slots begin where the repetition level is at most that.
 */
export interface FileNode {
  readonly kind: 'leaf' | 'list' | 'struct'
  readonly name: string
  readonly nullable: boolean
  readonly slotLevel: number
  readonly level: number
  readonly depth: number
  /** The fields of a struct, or the one element of a list. */
  readonly children: readonly FileNode[]
  readonly leaf: Leaf | null
  /** What the node is in words, when we have no type for it. */
  readonly unsupported: string | null
}

/** A physical column. */
export interface Leaf {
  /** Position among the physical columns: the order of column chunks in every row group. */
  readonly index: number
  readonly kind: LeafKind
  readonly type: DataType
  readonly element: SchemaElement
  readonly maxDefinition: number
  readonly maxRepetition: number
}

const maxDepth = 100

/** A map has no type of ours; a schema that asks for a list of key and value pairs gets it. */
const mapText = 'holds a map'

/** The columns of a file. */
export function fileColumns(elements: readonly SchemaElement[]): readonly FileNode[] {
  return new SchemaParser(elements).children(0, { slotLevel: 0, level: 0, depth: 0, nesting: 0 })
}

/** What surrounds a node: the level that makes its slots, the level at which its parent is not null, lists, nesting. */
interface Around {
  readonly slotLevel: number
  readonly level: number
  readonly depth: number
  readonly nesting: number
}

class SchemaParser {
  readonly #elements: readonly SchemaElement[]
  #next = 1
  #leaves = 0

  constructor(elements: readonly SchemaElement[]) {
    this.#elements = elements
    if (elements.length === 0) throw new Error('the file has no schema')
  }

  children(parent: number, around: Around): FileNode[] {
    if (around.nesting > maxDepth) throw new Error(`columns are nested deeper than ${maxDepth}`)
    const nodes: FileNode[] = []
    const count = this.#elements[parent].num_children ?? 0
    for (let k = 0; k < count; k++) nodes.push(this.#node({ ...around, nesting: around.nesting + 1 }))
    return nodes
  }

  /** A node as it stands; a repeated one outside a list is a list of required elements. */
  #node(around: Around): FileNode {
    const element = this.#elements[this.#next]
    if (element === undefined) throw new Error('the schema names more columns than it has')
    if (element.repetition_type !== 'REPEATED') return this.#content(around)
    const base = { name: element.name, nullable: false, slotLevel: around.slotLevel, level: around.level, depth: around.depth }
    return listNode(base, this.#content(elementsOf(around)))
  }

  /** What stands at the next position; if it is repeated, `around` has counted that already. */
  #content(around: Around): FileNode {
    const at = this.#next++
    const element = this.#elements[at]
    const nullable = element.repetition_type === 'OPTIONAL'
    const level = nullable ? around.level + 1 : around.level
    const base = { name: element.name, nullable, slotLevel: around.slotLevel, level, depth: around.depth }
    if (element.type !== undefined) {
      const type = leafType(element)
      const index = this.#leaves++
      if (typeof type === 'string') return { ...base, kind: 'leaf', children: [], leaf: null, unsupported: type }
      const leaf: Leaf = { index, kind: type.kind, type: type.type, element, maxDefinition: level, maxRepetition: around.depth }
      return { ...base, kind: 'leaf', children: [], leaf, unsupported: null }
    }
    const { converted_type: converted, logical_type: logical } = element
    const inner = { ...around, level }
    const isList = (converted === 'LIST' || logical?.type === 'LIST') && element.num_children === 1 && this.#elements[this.#next]?.repetition_type === 'REPEATED'
    if (isList) return listNode(base, this.#listElement(element.name, elementsOf(inner)))
    const isMap = converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical?.type === 'MAP'
    if (isMap && element.num_children === 1 && this.#elements[this.#next]?.repetition_type === 'REPEATED') {
      return { ...listNode(base, this.#content(elementsOf(inner))), unsupported: mapText }
    }
    const children = this.children(at, inner)
    const what = isMap ? mapText : logical?.type === 'VARIANT' ? 'holds variant values' : children.length === 0 ? 'is a struct without fields' : null
    return { ...base, kind: 'struct', children, leaf: null, unsupported: what }
  }

  /**
   * The element of a LIST: usually the only child of the repeated group. Files of older writers have the repeated field
   * itself as element; the format's rules for telling them apart are in its LogicalTypes document, "Lists".
   */
  #listElement(listName: string, around: Around): FileNode {
    if (around.nesting > maxDepth) throw new Error(`columns are nested deeper than ${maxDepth}`)
    const repeated = this.#elements[this.#next]
    const inner = this.#elements[this.#next + 1]
    const isElement =
      repeated.type !== undefined || repeated.num_children !== 1 ||
      repeated.name === 'array' || repeated.name === `${listName}_tuple` || inner?.repetition_type === 'REPEATED'
    if (isElement) return this.#content(around)
    this.#next++
    return this.#node(around)
  }
}

/** Inside a repeated node: slots are its elements, one level up. */
function elementsOf({ level, depth, nesting }: Around): Around {
  return { slotLevel: level + 1, level: level + 1, depth: depth + 1, nesting: nesting + 1 }
}

function listNode(base: Pick<FileNode, 'name' | 'nullable' | 'slotLevel' | 'level' | 'depth'>, element: FileNode): FileNode {
  return { ...base, kind: 'list', children: [element], leaf: null, unsupported: null }
}

/**
 * The type of a node in full.
 *
 * @throws QueryError FORMAT_UNSUPPORTED for types that we do not have
 */
export function nodeType(node: FileNode, where: ColumnOrigin): DataType {
  if (node.unsupported !== null) throw unsupported(where, `${node.unsupported}, which is not supported`, 'Leave the column out of the schema, or have it written as another type.')
  if (node.leaf !== null) return node.leaf.type
  if (node.kind === 'list') {
    const element = node.children[0]
    return arrayType(nodeType(element, { file: where.file, column: `${where.column}.element` }), element.nullable)
  }
  return structType(node.children.map(c => field(c.name, nodeType(c, { file: where.file, column: `${where.column}.${c.name}` }), c.nullable)))
}

/** The first physical column below the node: its levels tell the shape of everything above it. */
export function firstLeaf(node: FileNode): Leaf | null {
  if (node.leaf !== null) return node.leaf
  for (const child of node.children) {
    const leaf = firstLeaf(child)
    if (leaf !== null) return leaf
  }
  return null
}
