import { compiledPattern } from '../../expr/functions/regexp/compiled-pattern.ts'
import { messageOf } from '../../common/errors.ts'
import { sparkUnsupported } from './failures.ts'

/** Calls for each match of a Java pattern, from left to right. */
export function applyPattern(source: string): (text: string, visit: (start: number, end: number) => void) => void {
  let pattern: ReturnType<typeof compiledPattern>
  try {
    pattern = compiledPattern(source)
  } catch (error) {
    throw sparkUnsupported(`a RegexTokenizer with the pattern ${JSON.stringify(source)} (${messageOf(error)})`, 'Write the pattern without look-around, back references and possessive quantifiers.')
  }
  return (text, visit) => {
    pattern.forEachMatch(text, match => {
      visit(match.start, match.end)
      return true
    })
  }
}
