import type { DataType } from '../../columnar/data-type.ts'
import type { Batch } from './batch.ts'
import { sparkUnreadable } from './failures.ts'

/**
 * What Spark's ML attributes say of one value: its name, and for a nominal one how many values it has (0 for numbers) and
 * what they are called. Interaction and IndexToString compute from them, so they travel with the columns.
 */
export interface Attribute {
  readonly name: string | null
  readonly count: number
  readonly values: readonly string[] | null
}

export const numeric: Attribute = Object.freeze({ name: null, count: 0, values: null })

/** `features` of a size that is not known come from outside; `any` is a column from outside whose type shows when it is there. */
export type ColumnType =
  | { readonly kind: 'features'; readonly size: number | undefined }
  | { readonly kind: 'values'; readonly type: DataType }
  | { readonly kind: 'any' }

/** A column of the pipeline. A name that is given anew is another column. */
export interface PlannedColumn {
  readonly slot: number
  readonly name: string
  readonly type: ColumnType
  /** One for a number, one per value for features; undefined where nothing is known. */
  readonly attributes: readonly Attribute[] | undefined
}

/** One computation: what it reads, what it makes. */
export interface Step {
  readonly inputs: readonly PlannedColumn[]
  readonly outputs: readonly PlannedColumn[]
  /** It leaves out rows, so that it runs whatever is asked for. */
  readonly drops?: boolean
  /** It can do without its inputs: Spark leaves out the column of a StringIndexer that is not there (the label, mostly). */
  readonly isLenient?: boolean
  run(batch: Batch): void
}

/** The columns of a predictor that have a meaning whatever they are called. */
export interface Roles {
  readonly prediction?: PlannedColumn | undefined
  readonly probability?: PlannedColumn | undefined
  readonly raw?: PlannedColumn | undefined
}

/** Wide vectors get no attribute per value: Spark's own hashed ones have none either. */
export const maxAttributes = 100_000

/** Follows the columns from stage to stage, as Spark's transformSchema does, and collects the steps. */
export class Planner {
  readonly steps: Step[] = []
  /** Columns that come from outside, in the order in which stages ask for them. */
  readonly inputs: PlannedColumn[] = []
  /** Columns by name as they stand after the stages so far. */
  #columns = new Map<string, PlannedColumn>()
  #slots = 0

  /** Names of columns that hold text, as far as stages say so. */
  readonly #texts: Set<string>
  #role: Roles = {}
  /** Whether an SQLTransformer is among the stages. */
  hasSql = false

  /** `texts` are what an earlier plan of the same pipeline found out: a stage may want to know what a later one takes. */
  constructor(texts: ReadonlySet<string> = new Set()) {
    this.#texts = new Set(texts)
  }

  /** Says that a stage reads text from this column. */
  takesText(column: PlannedColumn): void {
    this.#texts.add(column.name)
  }

  isText(name: string): boolean {
    return this.#texts.has(name)
  }

  get texts(): ReadonlySet<string> {
    return this.#texts
  }

  /** Of the last predictor so far. */
  get role(): Roles {
    return this.#role
  }

  roles(roles: Roles): void {
    this.#role = roles
  }

  get slots(): number {
    return this.#slots
  }

  /** The column of that name; one that no stage has made comes from outside. */
  use(name: string): PlannedColumn {
    const known = this.#columns.get(name)
    if (known !== undefined) return known
    const earlier = this.inputs.find(c => c.name === name)
    const column = earlier ?? { slot: this.#slots++, name, type: { kind: 'any' } as const, attributes: undefined }
    if (earlier === undefined) this.inputs.push(column)
    this.#columns.set(name, column)
    return column
  }

  /** A stage's new column. An empty name is Spark's way to say that it is not wanted: it can still be computed from. */
  add(name: string, type: ColumnType, attributes?: readonly Attribute[]): PlannedColumn {
    const column = { slot: this.#slots++, name, type, attributes }
    if (name === '') return column
    if (this.#columns.has(name)) throw sparkUnreadable(`a stage writes column "${name}", which there is already`)
    this.#columns.set(name, column)
    return column
  }

  /** A column that has its place only when {@link keepOnly} names it. */
  detached(name: string, type: ColumnType, attributes?: readonly Attribute[]): PlannedColumn {
    return { slot: this.#slots++, name, type, attributes }
  }

  /** As {@link add}, for the stages that may write over a column (VectorSizeHint, SQLTransformer). */
  replace(name: string, type: ColumnType, attributes?: readonly Attribute[]): PlannedColumn {
    this.#columns.delete(name)
    return this.add(name, type, attributes)
  }

  remove(name: string): void {
    this.#columns.delete(name)
  }

  /** Only these columns are left, under these names. */
  keepOnly(columns: ReadonlyMap<string, PlannedColumn>): void {
    this.#columns = new Map(columns)
  }

  step(step: Step): void {
    this.steps.push(step)
  }

  /** All columns in the order in which they were made. */
  columns(): PlannedColumn[] {
    return [...this.#columns.values()]
  }

  /** Columns that stages made, those from outside left out. */
  added(): PlannedColumn[] {
    const outside = new Set(this.inputs.map(c => c.slot))
    return this.columns().filter(c => !outside.has(c.slot))
  }
}

export function sizeOf(column: PlannedColumn): number | undefined {
  return column.type.kind === 'features' ? column.type.size : undefined
}

export function featuresType(size: number | undefined): ColumnType {
  return { kind: 'features', size }
}
