import { arrayType, type DataType, field, float64Type, int32Type, structType } from '../../../columnar/data-type.ts'
import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { Features } from '../features.ts'
import { type Attribute, featuresType, maxAttributes } from '../planner.ts'
import { handleInvalidChoices, type StageContext } from '../stage.ts'
import { doubles, ints, listAt, readTable } from '../tables.ts'

const categoryMapsType: DataType = arrayType(structType([
  field('key', int32Type),
  field('value', arrayType(structType([field('key', float64Type), field('value', int32Type)]))),
]))

/** VectorIndexerModel: values of categorical features become the numbers of their categories, others stay. */
export async function vectorIndexerModel(stage: StageContext): Promise<void> {
  const { params, planner, name } = stage
  const { size, maps } = await readMaps(stage)
  const handleInvalid = params.choice('handleInvalid', handleInvalidChoices, 'error')
  const input = planner.use(params.get('inputCol').text())
  const attributes = size > maxAttributes ? undefined : attributesOf(input.attributes, size, maps, handleInvalid === 'keep')
  const output = planner.add(params.get('outputCol').text(), featuresType(size), attributes)
  planner.step({
    inputs: [input],
    outputs: [output],
    drops: handleInvalid === 'skip',
    run(batch) {
      const features = batch.presentFeatures(input, name, size)
      const invalid = (row: number, map: ReadonlyMap<number, number>, x: number): number => {
        if (handleInvalid === 'keep') return map.size
        if (handleInvalid === 'skip') batch.drop(row)
        else batch.refuse(row, () => `${name} has no category for ${x} in column "${input.name}".`)
        return 0
      }
      batch.set(output, features.dense === null ? indexSparse(features, maps, invalid) : indexDense(features, maps, invalid))
    },
  })
}

type Maps = ReadonlyMap<number, ReadonlyMap<number, number>>
type Invalid = (row: number, map: ReadonlyMap<number, number>, x: number) => number

async function readMaps({ directory }: StageContext): Promise<{ size: number; maps: Maps }> {
  const table = (await readTable(directory.child('data'), [['numFeatures', int32Type], ['categoryMaps', categoryMapsType]])).single
  const size = table.ints('numFeatures')[0]
  const { child, from, to } = listAt(table.required('categoryMaps'), 0)
  const [keys, values] = child.children
  const maps = new Map<number, ReadonlyMap<number, number>>()
  for (let k = from; k < to; k++) {
    const feature = ints(keys)[k]
    const entries = listAt(values, k)
    const [categories, codes] = entries.child.children
    const map = new Map<number, number>()
    for (let e = entries.from; e < entries.to; e++) map.set(doubles(categories)[e], ints(codes)[e])
    if (feature < 0 || feature >= size) throw table.wrong(`has categories for feature ${feature} of ${size}`)
    maps.set(feature, map)
  }
  return { size, maps }
}

function indexDense(features: Features, maps: Maps, invalid: Invalid): Features {
  const { rows, size } = features
  const out = features.toDense().slice(0, rows * size)
  for (const [feature, map] of maps) {
    for (let row = 0, at = feature; row < rows; row++, at += size) out[at] = map.get(out[at]) ?? invalid(row, map, out[at])
  }
  return Features.dense(rows, size, out)
}

/** Zero is category 0 wherever it is one, so that what is not written needs no look. */
function indexSparse(features: Features, maps: Maps, invalid: Invalid): Features {
  const { rows, size, offsets, indices, values } = features
  const out = values.slice()
  for (let row = 0; row < rows; row++) {
    for (let e = offsets[row]; e < offsets[row + 1]; e++) {
      const map = maps.get(indices[e])
      if (map !== undefined) out[e] = map.get(values[e]) ?? invalid(row, map, values[e])
    }
  }
  return Features.sparse(size, offsets, indices, out)
}

function attributesOf(given: readonly Attribute[] | undefined, size: number, maps: Maps, keeps: boolean): Attribute[] {
  return Array.from({ length: size }, (_, i) => {
    const name = given?.[i]?.name ?? null
    const map = maps.get(i)
    if (map === undefined) return { name, count: 0, values: null }
    const values = [...map.keys()].sort((a, b) => a - b).map(javaDoubleText)
    if (keeps) values.push('__unknown')
    // Two values make a binary attribute, which Interaction takes as a number.
    return { name, count: values.length === 2 ? 0 : values.length, values }
  })
}
