/**
 * Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix of n rows, by Jacobi's rotations: slow for
 * large ones, exact to the last digits for all.
 */
export function eigenSymmetric(matrix: Float64Array, n: number): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const a = matrix.slice()
  const vectors = new Float64Array(n * n)
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1
  for (let sweep = 0; sweep < 60 && offDiagonal(a, n) > 0; sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q)
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), vectors }
}

/** The sum of what is not on the diagonal; 0 once it is below what a double tells apart. */
function offDiagonal(a: Float64Array, n: number): number {
  let off = 0
  let on = 0
  for (let i = 0; i < n; i++) {
    on += Math.abs(a[i * n + i])
    for (let j = i + 1; j < n; j++) off += Math.abs(a[i * n + j])
  }
  return off > on * 1e-18 ? off : 0
}

/** Turns the plane of p and q so that their product vanishes. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]
  if (apq === 0) return
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) {
    const akp = a[k * n + p]
    const akq = a[k * n + q]
    a[k * n + p] = c * akp - s * akq
    a[k * n + q] = s * akp + c * akq
  }
  for (let k = 0; k < n; k++) {
    const apk = a[p * n + k]
    const aqk = a[q * n + k]
    a[p * n + k] = c * apk - s * aqk
    a[q * n + k] = s * apk + c * aqk
    const vkp = vectors[k * n + p]
    const vkq = vectors[k * n + q]
    vectors[k * n + p] = c * vkp - s * vkq
    vectors[k * n + q] = s * vkp + c * vkq
  }
}
