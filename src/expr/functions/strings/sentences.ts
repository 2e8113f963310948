import { arrayType, stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { rowFunction } from '../define.ts'

const segmenters = new Map<string, { readonly sentences: Intl.Segmenter; readonly words: Intl.Segmenter }>()

function segmentersFor(language: string, country: string): { readonly sentences: Intl.Segmenter; readonly words: Intl.Segmenter } {
  const tag = /^[A-Za-z]{2,3}$/.test(language) ? (/^[A-Za-z]{2}$/.test(country) ? `${language}-${country}` : language) : 'en'
  let found = segmenters.get(tag)
  if (found === undefined) {
    found = { sentences: new Intl.Segmenter(tag, { granularity: 'sentence' }), words: new Intl.Segmenter(tag, { granularity: 'word' }) }
    if (segmenters.size < 100) segmenters.set(tag, found)
  }
  return found
}

/** Sentences as lists of their words; punctuation and spaces fall away. */
function sentences(text: string, language = 'en', country = 'US'): string[][] {
  const by = segmentersFor(language, country)
  return Array.from(by.sentences.segment(text), sentence =>
    Array.from(by.words.segment(sentence.segment)).filter(word => word.isWordLike === true).map(word => word.segment),
  )
}

export const sentenceFunctions: readonly FunctionEntry[] = [
  rowFunction({
    name: 'sentences',
    args: [stringType, stringType, stringType],
    required: 1,
    result: arrayType(arrayType(stringType, false), false),
    usage: 'sentences(text: string[, language: string[, country: string]]) -> array<array<string>>',
    doc: 'The sentences of a text, each as the array of its words.',
    safe: true,
    row: sentences,
  }),
]
