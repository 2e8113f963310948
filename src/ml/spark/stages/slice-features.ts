import { denseSize, Features, SparseBuilder } from '../features.ts'

/** Values of each vector at `picks`, in that order. */
export function pick(features: Features, picks: Int32Array): Features {
  const { rows, size, dense } = features
  if (dense === null && picks.length > denseSize) return pickSparse(features, picks)
  const out = new Float64Array(rows * picks.length)
  if (dense !== null) {
    for (let row = 0, at = 0; row < rows; row++) for (let k = 0; k < picks.length; k++) out[at++] = dense[row * size + picks[k]]
    return Features.dense(rows, picks.length, out, features.validity)
  }
  const places = placesOf(picks, size)
  for (let row = 0; row < rows; row++) {
    for (let e = features.offsets[row]; e < features.offsets[row + 1]; e++) {
      const place = places.get(features.indices[e])
      if (place !== undefined) out[row * picks.length + place] = features.values[e]
    }
  }
  return Features.dense(rows, picks.length, out, features.validity)
}

function placesOf(picks: Int32Array, size: number): Map<number, number> {
  const places = new Map<number, number>()
  picks.forEach((index, place) => {
    if (index < size) places.set(index, place)
  })
  return places
}

function pickSparse(features: Features, picks: Int32Array): Features {
  const places = placesOf(picks, features.size)
  const builder = new SparseBuilder(features.rows, picks.length)
  for (let row = 0; row < features.rows; row++) {
    const found: [number, number][] = []
    features.forEach(row, (index, value) => {
      const place = places.get(index)
      if (place !== undefined) found.push([place, value])
    })
    for (const [place, value] of found.sort((a, b) => a[0] - b[0])) builder.add(place, value)
    builder.endRow()
  }
  return builder.finish(features.validity)
}
