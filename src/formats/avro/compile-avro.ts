import type { VectorBuilder } from '../../columnar/builder.ts'
import type { Field } from '../../columnar/data-type.ts'
import { closest, quoteList } from '../../common/suggest.ts'
import { AvroStep, op, placeOf } from './avro-step.ts'
import { type AvroField, type AvroRecord, type AvroType, describeAvro } from './avro-type.ts'
import { defaultOf } from './default-value.ts'
import { leafOp } from './leaf-op.ts'
import { AvroSchemaFault } from './parse-avro-schema.ts'
import { SkipSteps } from './skip-steps.ts'

const encoder = new TextEncoder()

/** What is decoded, and under which rules its columns are found. */
export interface AvroResolution {
  /** What the bytes were written with. */
  readonly writer: AvroType
  /** Where it is given, columns are found by its names and aliases, and what the writer lacks has its defaults. */
  readonly reader?: AvroType | undefined
  /** Columns that the schema does not name are a mistake, also those that may be null. */
  readonly strict?: boolean | undefined
}

/**
 * The steps that read one record into the children of `row`, a struct of the wanted columns. A schema that is no record is
 * read into the one column that there is.
 * @throws AvroSchemaFault where columns cannot hold what the writer writes
 */
export function compileAvro(resolution: AvroResolution, fields: readonly Field[], row: VectorBuilder): AvroStep {
  const { writer, reader } = resolution
  const compiler = new Compiler(resolution.strict === true)
  if (writer.kind === 'record') return compiler.record(writer, recordOf(reader, writer.name), fields, row.children, null, '')
  if (fields.length > 1) throw new AvroSchemaFault(`it is ${describeAvro(writer)} and no record, which can be one column and not ${fields.length}: ${quoteList(fields.map(f => f.name))}`)
  return fields.length === 0 ? compiler.skip.of(writer) : compiler.value(writer, reader, fields[0], row.children[0], fields[0].name)
}

class Compiler {
  readonly skip = new SkipSteps()
  readonly #strict: boolean

  constructor(strict: boolean) {
    this.#strict = strict
  }

  /** `builder` is of the struct; null for the row itself. */
  record(writer: AvroRecord, reader: AvroRecord | undefined, fields: readonly Field[], builders: readonly VectorBuilder[], builder: VectorBuilder | null, path: string): AvroStep {
    const wanted = new Map<AvroField, AvroStep>()
    const lacking: AvroStep[] = []
    fields.forEach((column, i) => {
      const name = path === '' ? column.name : `${path}.${column.name}`
      const known = reader?.fields.find(f => f.name === column.name)
      const field = writer.fields.find(f => f.name === column.name) ?? writer.fields.find(f => known?.aliases.includes(f.name) === true)
      if (this.#strict && known === undefined && (reader !== undefined || field === undefined)) throw noField(reader ?? writer, column, name)
      if (field === undefined) lacking.push(constant(writer, known, column, builders[i], name))
      else if (wanted.has(field)) throw new AvroSchemaFault(`${placeOf(name, column)} and another column are both the field "${field.name}" of ${describeAvro(writer)}`)
      else wanted.set(field, this.value(field.type, known?.type, column, builders[i], name))
    })
    const step = new AvroStep(op.record, builder)
    step.children = [...writer.fields.map(f => wanted.get(f) ?? this.skip.of(f.type)), ...lacking]
    return step
  }

  value(writer: AvroType, reader: AvroType | undefined, column: Field, builder: VectorBuilder, path: string): AvroStep {
    const { type } = column
    const place = placeOf(path, column)
    switch (writer.kind) {
      case 'union':
        return this.#union(writer.branches, reader, column, builder, path)
      case 'null':
        if (!column.nullable) throw new AvroSchemaFault(`${place} is null`)
        return new AvroStep(op.null, builder, place)
      case 'record':
        if (type.kind !== 'struct') break
        return this.record(writer, recordOf(reader, writer.name), type.fields, builder.children, builder, path)
      case 'array': {
        if (type.kind === 'vector') return this.#vector(writer.items, column, type.size, builder, path)
        if (type.kind !== 'array') break
        const step = new AvroStep(op.array, builder, place)
        const items = branches(reader).find(b => b.kind === 'array')
        step.children = [this.value(writer.items, items?.kind === 'array' ? items.items : undefined, { name: '', type: type.element, nullable: type.containsNull }, builder.children[0], `${path}[]`)]
        return step
      }
      case 'map': {
        const entry = type.kind === 'array' && type.element.kind === 'struct' ? type.element : undefined
        if (entry?.fields.length !== 2 || entry.fields[0].name !== 'key' || entry.fields[0].type.kind !== 'string' || entry.fields[1].name !== 'value') {
          throw new AvroSchemaFault(`${place} cannot hold ${describeAvro(writer)}: a map is read as an array of struct<key: string, value: …>`)
        }
        const step = new AvroStep(op.map, builder, place)
        const [key, value] = builder.children[0].children
        step.children = [new AvroStep(op.string, key, `the key of ${place}`), this.value(writer.values, undefined, entry.fields[1], value, `${path}[].value`)]
        return step
      }
      default: {
        const code = leafOp(writer, type.kind)
        if (code === undefined) break
        const step = new AvroStep(code, builder, place)
        if (writer.kind === 'fixed') step.size = writer.size
        if ((writer.kind === 'fixed' || writer.kind === 'bytes') && writer.logical !== undefined) step.scale = writer.logical.scale
        if (writer.kind === 'enum') {
          step.size = writer.symbols.length
          step.symbols = writer.symbols.map(s => encoder.encode(s))
        }
        return step
      }
    }
    throw new AvroSchemaFault(`${place} cannot hold ${describeAvro(writer)}${adviceFor(writer, column)}`)
  }

  /** Each record says which branch it has, so that one that cannot be held is a matter of the record. At least one must fit. */
  #union(types: readonly AvroType[], reader: AvroType | undefined, column: Field, builder: VectorBuilder, path: string): AvroStep {
    const faults: AvroSchemaFault[] = []
    const step = new AvroStep(op.union, null)
    step.children = types.map(branch => {
      try {
        return this.value(branch, reader, column, builder, path)
      } catch (error) {
        if (!(error instanceof AvroSchemaFault)) throw error
        faults.push(error)
        const fault = new AvroStep(op.fault, null)
        fault.reason = error.message
        return fault
      }
    })
    if (faults.length === types.length) throw faults.find((_, i) => types[i].kind !== 'null') ?? faults[0]
    // A null alone would leave a column of nulls where the other branches were meant.
    const meant = types.map((branch, i) => (branch.kind === 'null' ? undefined : step.children[i])).filter(s => s !== undefined)
    if (meant.length > 0 && meant.every(s => s.op === op.fault)) throw new AvroSchemaFault(meant[0].reason)
    return step
  }

  #vector(items: AvroType, column: Field, size: number, builder: VectorBuilder, path: string): AvroStep {
    if (items.kind !== 'int' && items.kind !== 'long' && items.kind !== 'float' && items.kind !== 'double') throw new AvroSchemaFault(`${placeOf(path, column)} cannot hold an array of ${describeAvro(items)}`)
    const step = new AvroStep(op.vector, builder, placeOf(path, column))
    step.numbers = new Float64Array(size)
    step.children = [this.skip.of(items)]
    return step
  }
}

/** Of a type, what may be meant by it. */
const branches = (type: AvroType | undefined): readonly AvroType[] => (type === undefined ? [] : type.kind === 'union' ? type.branches : [type])

/** The record of the reader's schema that the writer's resolves to: of its name without the namespace, or the only one. */
function recordOf(reader: AvroType | undefined, name: string): AvroRecord | undefined {
  const records = branches(reader).filter(b => b.kind === 'record')
  const last = (full: string): string => full.slice(full.lastIndexOf('.') + 1)
  return records.find(r => last(r.name) === last(name)) ?? records[0]
}

function constant(writer: AvroRecord, known: AvroField | undefined, column: Field, builder: VectorBuilder, path: string): AvroStep {
  const step = new AvroStep(op.constant, builder, placeOf(path, column))
  if (known?.defaultValue !== undefined) step.value = defaultOf(known.defaultValue, known.type, column, path)
  else if (!column.nullable) throw noField(writer, column, path)
  return step
}

function noField(record: AvroRecord, column: Field, path: string): AvroSchemaFault {
  const names = record.fields.map(f => f.name)
  const meant = closest(column.name, names)
  return new AvroSchemaFault(`${placeOf(path, column)} is no field of ${describeAvro(record)}, which has ${names.length === 0 ? 'none' : quoteList(names)}${meant === undefined ? '' : `, perhaps "${meant}"`}`)
}

function adviceFor(writer: AvroType, column: Field): string {
  const logical = 'logical' in writer ? writer.logical?.name : undefined
  if (logical === 'decimal') return ': decimals are read as string, or as binary without their scale'
  if (logical?.startsWith('local-timestamp') === true) return ': a local time names no instant; it is read as integer or int64'
  if (writer.kind === 'long' && logical === undefined && column.type.kind === 'timestamp') return ': a number has no unit; read it as integer and use timestampMillis() or the like'
  return ''
}
