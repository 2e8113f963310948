/** Numbers in [0, 1) that follow from the seed alone (the mixing function of SplitMix, on 32 bits). */
export function seeded(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 0x1_0000_0000)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 0x1_0000_0000
  }
}
