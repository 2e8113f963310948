import { javaRegex } from '../java-regex.ts'
import { mapWords, tokenize } from '../text-lists.ts'
import type { StageContext } from '../stage.ts'

/** Tokenizer: in lower case, cut at each white space; as Java cuts, without the empty words at the end. */
export function tokenizer(stage: StageContext): void {
  const space = javaRegex('\\s')
  tokenize(stage, text => space.split(text.toLowerCase()))
}

/** RegexTokenizer: words between the matches of a pattern (`gaps`), or the matches themselves. */
export function regexTokenizer(stage: StageContext): void {
  const { params } = stage
  const pattern = javaRegex(params.text('pattern', '\\s+'))
  const gaps = params.boolean('gaps', true)
  const lower = params.boolean('toLowercase', true)
  const min = params.count('minTokenLength', 1)
  tokenize(stage, text => {
    const subject = lower ? text.toLowerCase() : text
    return (gaps ? pattern.split(subject) : pattern.findAll(subject)).filter(word => word.length >= min)
  })
}

/** NGram: runs of n words, joined by spaces. */
export function nGram(stage: StageContext): void {
  const n = stage.params.count('n', 2)
  if (n < 1) throw stage.params.get('n').wrong('is not at least 1')
  mapWords(stage, words => {
    const grams: string[] = []
    for (let i = 0; i + n <= words.length; i++) grams.push(words.slice(i, i + n).join(' '))
    return grams
  })
}

/** StopWordsRemover. Without case, words are compared in lower case by the rules of the saved locale. */
export function stopWordsRemover(stage: StageContext): void {
  const { params } = stage
  const isCaseSensitive = params.boolean('caseSensitive', false)
  const lower = lowerCaseOf(params.text('locale', 'en_US'))
  const fold = isCaseSensitive ? (word: string): string => word : lower
  const stop = new Set(params.get('stopWords').texts().map(fold))
  mapWords(stage, words => words.filter(word => !stop.has(fold(word))))
}

/** Turkish, Azerbaijani and Lithuanian have rules of their own; Java names locales with an underscore. */
function lowerCaseOf(locale: string): (word: string) => string {
  const language = locale.split('_')[0].toLowerCase()
  return ['tr', 'az', 'lt'].includes(language) ? word => word.toLocaleLowerCase(language) : word => word.toLowerCase()
}
