import type { ModelArtefact, ModelReader } from '../model.ts'
import { LightGBMModel } from './model.ts'
import { readBooster } from './read-booster.ts'

/** Models that LightGBM saved as text. */
export const lightgbmReader: ModelReader = {
  format: 'lightgbm',
  recognises: isLightGBM,
  load: async (artefact, digest) => new LightGBMModel(digest, readBooster(artefact.files[0].bytes)),
}

function isLightGBM({ files }: ModelArtefact): boolean {
  if (files.length !== 1) return false
  const head = Buffer.from(files[0].bytes.subarray(0, 256)).toString('latin1')
  return /^tree\r?\n/.test(head) && /\n(version|num_class)=/.test(head)
}
