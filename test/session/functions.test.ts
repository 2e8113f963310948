import {
  abs, acos, acosh, addMonths, array, arrayAppend, arrayCompact, arrayContains, arrayDistinct, arrayExcept, arrayInsert, arrayIntersect, arrayJoin,
  arrayMax, arrayMin, arrayPosition, arrayPrepend, arrayRemove, arrayRepeat, arraySize, arraySort, arraysOverlap, arraysZip, arrayUnion, ascii, asin,
  asinh, assertTrue, atan, atan2, atanh, base64, bin, bitCount, bitGet, bitLength, bround, btrim, cbrt, ceil, chr, coalesce, collation, concat,
  concatWs, conv, cos, cosh, cot, crc32, csc, currentDate, currentTimestamp, currentTimezone, dateAdd, datediff, dateFormat, dateFromUnixDate,
  dateSub, dateTrunc, day, dayname, dayofweek, dayofyear, decode, degrees, div, e, elt, encode, exp, expm1, extract, factorial, findInSet, flatten,
  floor, fn, formatNumber, formatString, fromUnixtime, fromUtcTimestamp, get, greatest, hash, hex, hour, hypot, initcap, instr, isnan, isValidUtf8,
  lastDay, least, left, length, levenshtein, lit, ln, locate, log, log10, log1p, log2, lower, lpad, ltrim, luhnCheck, makeDate, makeTimestamp,
  makeValidUtf8, mask, md5, minute, month, monthname, monthsBetween, nanvl, negative, nextDay, nullif, nullifzero, nvl2, octetLength, overlay, parseUrl, pi, pmod, positive,
  pow, quarter, quote, radians, raiseError, rand, randn, regexpCount, regexpExtract, regexpExtractAll, regexpInstr, regexpReplace, regexpSubstr, repeat,
  replace, reverse, right, rint, round, rpad, rtrim, sec, second, sentences, sequence, sha1, sha2, shiftleft, shiftright, shiftrightunsigned, shuffle,
  signum, sin, sinh, size, slice, sortArray, soundex, space, split, splitPart, sqrt, struct, substring, substringIndex, t, tan, tanh, timestampadd,
  timestampdiff, timestampMicros, timestampMillis, timestampSeconds, toBinary, toDate, toTimestamp, toUnixTimestamp, toUtcTimestamp, translate, trim, trunc,
  tryAdd, tryDivide, tryElementAt, tryMakeTimestamp, tryMod, tryMultiply, tryParseUrl, trySubtract, tryToBinary, tryToDate, tryToTimestamp, tryUrlDecode, tryValidateUtf8,
  typeOf, unbase64, unhex, unixDate, unixMicros, unixMillis, unixSeconds, unixTimestamp, upper, urlDecode, urlEncode, uuid, validateUtf8, weekday, weekofyear, when,
  widthBucket, xxhash64, year, zeroifnull,
} from 'millrace'
import { describe, it } from 'vitest'
import { expectRows, sampleFrame } from './support.ts'

const at = new Date('2013-01-31T10:20:30.500Z')

describe('each function, called by its typed face, gives a value of the type that the compiler was told', () => {
  it('numbers', () => expectRows(
    sampleFrame().select(({ i, n, big, x }) => ({
      abs: abs(i), negative: negative(big), positive: positive(x), round: round(x, 0), bround: bround(x), ceil: ceil(x), ceilBig: ceil(big), ceilScaled: ceil(lit(2.51), 1),
      floor: floor(x), rint: rint(x), signum: signum(i), sqrt: sqrt(9), cbrt: cbrt(27), exp: exp(0), expm1: expm1(0), ln: ln(1), log: log(10, 1000), logE: log(1),
      log2: log2(8), log10: log10(1000), log1p: log1p(0), pow: pow(2, 10), hypot: hypot(3, 4), factorial: factorial(5),
      widthBucket: widthBucket(x, 0, 10, 5), e: e(), pi: pi(), large: n,
    })),
    {
      abs: 7, negative: -9n, positive: 2.5, round: 3, bround: 2, ceil: 3, ceilBig: 9n, ceilScaled: 2.6,
      floor: 2, rint: 2, signum: -1, sqrt: 3, cbrt: 3, exp: 1, expm1: 0, ln: 0, log: 2.9999999999999996, logE: 0,
      log2: 3, log10: 3, log1p: 0, pow: 1024, hypot: 5, factorial: 120n,
      widthBucket: 2, e: Math.E, pi: Math.PI, large: 3_000_000_000,
    },
  ))

  it('angles', () => expectRows(
    sampleFrame().select(() => ({
      sin: sin(0), cos: cos(0), tan: tan(0), cot: cot(1), sec: sec(0), csc: csc(1), asin: asin(0), acos: acos(1), atan: atan(0), sinh: sinh(0), cosh: cosh(0),
      tanh: tanh(0), asinh: asinh(0), acosh: acosh(1), atanh: atanh(0), degrees: degrees(pi()), radians: radians(180), atan2: atan2(0, 1),
    })),
    {
      sin: 0, cos: 1, tan: 0, cot: 1 / Math.tan(1), sec: 1, csc: 1 / Math.sin(1), asin: 0, acos: 0, atan: 0, sinh: 0, cosh: 1,
      tanh: 0, asinh: 0, acosh: 0, atanh: 0, degrees: 180, radians: Math.PI, atan2: 0,
    },
  ))

  it('arithmetic, with the wider type of its operands', () => expectRows(
    sampleFrame().select(({ i, n, big, x, noNumber }) => ({
      plus: i.plus(1), plusBig: big.plus(1), plusFraction: big.plus(0.5), minus: x.minus(i), times: i.times(n), divide: i.divide(2), mod: i.mod(4), negate: x.negate(),
      div: div(i, 2), divBig: div(big, 2n), pmod: pmod(i, 4), nothing: noNumber.plus(i),
      tryAdd: tryAdd(i, 2_147_483_647), tryOverflow: tryAdd(2_147_483_647, 1), trySubtract: trySubtract(i, 1), tryMultiply: tryMultiply(big, 2), tryDivide: tryDivide(i, 0), tryMod: tryMod(i, 0),
      and: i.bitwiseAnd(12), or: i.bitwiseOr(1), xor: i.bitwiseXor(1), not: i.bitwiseNot(),
    })),
    {
      plus: -6, plusBig: 10n, plusFraction: 9.5, minus: 9.5, times: -21_000_000_000, divide: -3.5, mod: -3, negate: -2.5,
      div: -3, divBig: 4n, pmod: 1, nothing: null,
      tryAdd: 2_147_483_640, tryOverflow: null, trySubtract: -8, tryMultiply: 18n, tryDivide: null, tryMod: null,
      and: 8, or: -7, xor: -8, not: 6,
    },
  ))

  it('bits and bases', () => expectRows(
    sampleFrame().select(({ i, big, bytes }) => ({
      shiftleft: shiftleft(i, 1), shiftright: shiftright(big, 1), shiftrightunsigned: shiftrightunsigned(lit(-1), 28), bitCount: bitCount(7), bitGet: bitGet(5, 2),
      bin: bin(5), hex: hex(bytes), hexNumber: hex(255), unhex: unhex('4142'), noHex: unhex('zz'), conv: conv('ff', 16, 10),
    })),
    {
      shiftleft: -14, shiftright: 4n, shiftrightunsigned: 15, bitCount: 3, bitGet: 1,
      bin: '101', hex: '4142', hexNumber: 'FF', unhex: Uint8Array.of(0x41, 0x42), noHex: null, conv: '255',
    },
  ))

  it('text', () => expectRows(
    sampleFrame().select(({ s, noText, bytes }) => ({
      length: length(s), bytesLength: length(bytes), octetLength: octetLength('é'), bitLength: bitLength('é'), left: left(s, 5), right: right(s, 3), substringIndex: substringIndex('a.b.c', '.', 2),
      upper: upper(s), lower: lower(s), initcap: initcap('ab cd'), btrim: btrim(' a '), btrimmed: btrim('xxaxx', 'x'), trim: trim(' a '), trimmed: trim('xax', 'x'), ltrim: ltrim(' a'), rtrim: rtrim('a '),
      lpad: lpad('7', 3, '0'), rpad: rpad('7', 3), repeat: repeat('ab', 2), space: space(2), instr: instr(s, 'SQL'), locate: locate('a', 'banana', 3), replace: replace(s, ' ', '-'), removed: replace('abc', 'b'),
      translate: translate('abc', 'ab', 'x'), overlay: overlay('Spark SQL', '_', 6), splitPart: splitPart('a,b', ',', 2), mask: mask('Ab-1'), masked: mask('Ab-1', { upper: null, other: '*' }), ascii: ascii('A'), chr: chr(65), findInSet: findInSet('b', 'a,b'),
      levenshtein: levenshtein('kitten', 'sitting'), soundex: soundex('Miller'), luhnCheck: luhnCheck('79927398713'), quote: quote("it's"), collation: collation(s), sentences: sentences('Hi there. You!'),
      concat: concat(s, '!', 1), noConcat: concat(s, noText), concatWs: concatWs('-', s, noText, 'x'), reverse: reverse('abc'), substring: substring(s, 2, 3), method: s.substring(-3),
      elt: elt(2, 'a', 'b'), formatString: formatString('%s has %03d', s, 7), formatNumber: formatNumber(12345.678, 2), noUpper: upper(noText),
    })),
    {
      length: 9, bytesLength: 2, octetLength: 2, bitLength: 16, left: 'Spark', right: 'SQL', substringIndex: 'a.b',
      upper: 'SPARK SQL', lower: 'spark sql', initcap: 'Ab Cd', btrim: 'a', btrimmed: 'a', trim: 'a', trimmed: 'a', ltrim: 'a', rtrim: 'a',
      lpad: '007', rpad: '7  ', repeat: 'abab', space: '  ', instr: 7, locate: 4, replace: 'Spark-SQL', removed: 'ac',
      translate: 'xc', overlay: 'Spark_SQL', splitPart: 'b', mask: 'Xx-n', masked: 'Ax*n', ascii: 65, chr: 'A', findInSet: 2,
      levenshtein: 3, soundex: 'M460', luhnCheck: true, quote: "'it\\'s'", collation: 'SYSTEM.BUILTIN.UTF8_BINARY', sentences: [['Hi', 'there'], ['You']],
      concat: 'Spark SQL!1', noConcat: null, concatWs: 'Spark SQL-x', reverse: 'cba', substring: 'par', method: 'SQL',
      elt: 'b', formatString: 'Spark SQL has 007', formatNumber: '12,345.68', noUpper: null,
    },
  ))

  it('encodings, URLs and digests', () => expectRows(
    sampleFrame().select(({ bytes }) => ({
      base64: base64(bytes), unbase64: unbase64('QUI='), encode: encode('AB', 'UTF-8'), decode: decode(bytes, 'UTF-8'), isValidUtf8: isValidUtf8(bytes), toBinary: toBinary('4142'), tryToBinary: tryToBinary('zz'), makeValidUtf8: makeValidUtf8(bytes), validateUtf8: validateUtf8(bytes), tryValidateUtf8: tryValidateUtf8(Uint8Array.of(0xff)), urlEncode: urlEncode('a b'), urlDecode: urlDecode('a+b'),
      tryUrlDecode: tryUrlDecode('%'), parseUrl: parseUrl('https://x.org/p?q=1', 'HOST'), query: parseUrl('https://x.org/p?q=1', 'QUERY', 'q'), tryParseUrl: tryParseUrl('not a url', 'HOST'),
      md5: md5(''), sha1: sha1(''), sha2: sha2('', 256), noSha: sha2('', 1), crc32: crc32('AB'),
    })),
    {
      base64: 'QUI=', unbase64: Uint8Array.of(0x41, 0x42), encode: Uint8Array.of(0x41, 0x42), decode: 'AB', isValidUtf8: true, toBinary: Uint8Array.of(0x41, 0x42), tryToBinary: null, makeValidUtf8: 'AB', validateUtf8: 'AB', tryValidateUtf8: null, urlEncode: 'a+b', urlDecode: 'a b',
      tryUrlDecode: null, parseUrl: 'x.org', query: '1', tryParseUrl: null,
      md5: 'd41d8cd98f00b204e9800998ecf8427e', sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      sha2: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', noSha: null, crc32: 812_207_111,
    },
  ))

  it('regular expressions', () => expectRows(
    sampleFrame().select(({ s }) => ({
      like: s.like('Spark%'), ilike: s.ilike('spark%'), rlike: s.rlike('^S'), contains: s.contains('ark'), startsWith: s.startsWith('Sp'), endsWith: s.endsWith('SQL'),
      regexpExtract: regexpExtract(s, '(\\w+) (\\w+)', 2), regexpExtractAll: regexpExtractAll('a1b2', '[a-z](\\d)'), regexpReplace: regexpReplace(s, 'S', '$0$0'), regexpCount: regexpCount(s, 'S'),
      regexpSubstr: regexpSubstr(s, 'x'), regexpInstr: regexpInstr(s, 'k'), split: split('a1b2c', '\\d'),
    })),
    {
      like: true, ilike: true, rlike: true, contains: true, startsWith: true, endsWith: true,
      regexpExtract: 'SQL', regexpExtractAll: ['1', '2'], regexpReplace: 'SSpark SSQL', regexpCount: 2,
      regexpSubstr: null, regexpInstr: 5, split: ['a', 'b', 'c'],
    },
  ))

  it('parts of times', () => expectRows(
    sampleFrame().select(({ at: when, d }) => ({
      year: year(when), quarter: quarter(d), month: month(d), day: day(d), dayofweek: dayofweek(d), weekday: weekday(d), dayofyear: dayofyear(d), weekofyear: weekofyear(d), hour: hour(when), minute: minute(when),
      second: second(when), extract: extract('second', when), dayname: dayname(d), monthname: monthname(d), dateTrunc: dateTrunc('hour', when), noTrunc: dateTrunc(fn<string>('lower', 'AGE'), when), trunc: trunc(d, 'month'), lastDay: lastDay(d),
      unixDate: unixDate(d), unixSeconds: unixSeconds(when), unixMillis: unixMillis(when), unixMicros: unixMicros(when), later: when.gt('2013-01-01'), since: d.ge(new Date('2013-01-31')),
    })),
    {
      year: 2013, quarter: 1, month: 1, day: 31, dayofweek: 5, weekday: 3, dayofyear: 31, weekofyear: 5, hour: 10, minute: 20,
      second: 30, extract: 30.5, dayname: 'Thu', monthname: 'Jan', dateTrunc: new Date('2013-01-31T10:00:00Z'), noTrunc: null, trunc: '2013-01-01', lastDay: '2013-01-31',
      unixDate: 15736, unixSeconds: 1_359_627_630, unixMillis: 1_359_627_630_500, unixMicros: 1_359_627_630_500_000, later: true, since: true,
    },
  ))

  it('reckoning with times', () => expectRows(
    sampleFrame().select(({ at: when, d }) => ({
      dateAdd: dateAdd(d, 1), dateSub: dateSub(d, 31), datediff: datediff(d, '2013-01-01'), addMonths: addMonths(d, 1), monthsBetween: monthsBetween(d, '2012-12-31'), nextDay: nextDay(d, 'Mon'),
      timestampadd: timestampadd('hour', 2, when), timestampdiff: timestampdiff('minute', when, new Date('2013-01-31T11:20:30.500Z')), fromUtc: fromUtcTimestamp(when, 'America/New_York'),
      toUtc: toUtcTimestamp(when, 'America/New_York'), zone: currentTimezone(), before: currentTimestamp().gt(when), after: currentDate().gt(d),
    })),
    {
      dateAdd: '2013-02-01', dateSub: '2012-12-31', datediff: 30, addMonths: '2013-02-28', monthsBetween: 1, nextDay: '2013-02-04',
      timestampadd: new Date('2013-01-31T12:20:30.500Z'), timestampdiff: 60, fromUtc: new Date('2013-01-31T05:20:30.500Z'),
      toUtc: new Date('2013-01-31T15:20:30.500Z'), zone: 'UTC', before: true, after: true,
    },
  ))

  it('times from numbers and text, and back', () => expectRows(
    sampleFrame().select(({ at: when }) => ({
      makeDate: makeDate(2013, 1, 31), makeTimestamp: makeTimestamp(2013, 1, 31, 10, 20, 30.5), tryMake: tryMakeTimestamp(2013, 2, 31, 0, 0, 0), dateFromUnixDate: dateFromUnixDate(15736),
      seconds: timestampSeconds(1_359_627_630.5), millis: timestampMillis(1_359_627_630_500), micros: timestampMicros(1_359_627_630_500_000n), fromUnixtime: fromUnixtime(0), toDate: toDate('2013-01-31'),
      patterned: toDate('31.1.2013', 'd.M.yyyy'), tryToDate: tryToDate('x'), toTimestamp: toTimestamp('2013-01-31 10:20:30.5'), tryToTimestamp: tryToTimestamp('x'), unixTimestamp: unixTimestamp(when),
      toUnixTimestamp: toUnixTimestamp('2013', 'yyyy'), dateFormat: dateFormat(when, 'dd/MM/yyyy'),
    })),
    {
      makeDate: '2013-01-31', makeTimestamp: at, tryMake: null, dateFromUnixDate: '2013-01-31',
      seconds: at, millis: at, micros: at, fromUnixtime: '1970-01-01 00:00:00', toDate: '2013-01-31',
      patterned: '2013-01-31', tryToDate: null, toTimestamp: at, tryToTimestamp: null, unixTimestamp: 1_359_627_630,
      toUnixTimestamp: 1_356_998_400, dateFormat: '31/01/2013',
    },
  ))

  it('arrays', () => expectRows(
    sampleFrame().select(({ numbers, words, nested, i }) => ({
      at: numbers.at(0), elementAt: numbers.elementAt(-1), size: size(numbers), arraySize: arraySize(words), get: get(numbers, 9), tryElementAt: tryElementAt(numbers, 1), arrayPosition: arrayPosition(numbers, 1),
      arrayRemove: arrayRemove(numbers, 3), arrayCompact: arrayCompact(words), arrayDistinct: arrayDistinct(array(1, 1, 2)), arrayMax: arrayMax(numbers), arrayMin: arrayMin(words), arrayJoin: arrayJoin(words, ','),
      arraySort: arraySort(words), sortArray: sortArray(numbers, false), shuffled: size(shuffle(numbers)), slice: slice(numbers, 2, 2), array: array(i, 1), arrayAppend: arrayAppend(numbers, 4), arrayPrepend: arrayPrepend(words, 'z'),
      arrayInsert: arrayInsert(numbers, 1, 0), arrayRepeat: arrayRepeat('a', 2), flatten: flatten(nested), arraysZip: arraysZip({ n: numbers, w: words }), arrayContains: arrayContains(numbers, 3), notFound: arrayContains(words, 'x'),
      arrayUnion: arrayUnion(numbers, array(9)), arrayIntersect: arrayIntersect(numbers, array(1)), arrayExcept: arrayExcept(numbers, array(1)), arraysOverlap: arraysOverlap(numbers, array(1)), sequence: sequence(1, 5, 2),
      days: sequence(lit('2013-01-31').cast(t.date()), lit('2013-02-01').cast(t.date())), concat: concat(numbers, array(9)), reverse: reverse(numbers),
    })),
    {
      at: 3, elementAt: 2, size: 3, arraySize: 3, get: null, tryElementAt: 3, arrayPosition: 2,
      arrayRemove: [1, 2], arrayCompact: ['b', 'a'], arrayDistinct: [1, 2], arrayMax: 3, arrayMin: 'a', arrayJoin: 'b,a',
      arraySort: ['a', 'b', null], sortArray: [3, 2, 1], shuffled: 3, slice: [1, 2], array: [-7, 1], arrayAppend: [3, 1, 2, 4], arrayPrepend: ['z', 'b', null, 'a'],
      arrayInsert: [0, 3, 1, 2], arrayRepeat: ['a', 'a'], flatten: [1, 2, 3], arraysZip: [{ n: 3, w: 'b' }, { n: 1, w: null }, { n: 2, w: 'a' }], arrayContains: true, notFound: null,
      arrayUnion: [3, 1, 2, 9], arrayIntersect: [1], arrayExcept: [3, 2], arraysOverlap: true, sequence: [1, 3, 5],
      days: ['2013-01-31', '2013-02-01'], concat: [3, 1, 2, 9], reverse: [2, 1, 3],
    },
  ))

  it('choices, nulls and structs', () => expectRows(
    sampleFrame().select(({ i, x, s, b, noNumber, noText, point }) => ({
      when: when(i.gt(0), 'plus').when(i.lt(0), 'minus').otherwise('zero'), unmatched: when(i.gt(0), 1), coalesce: coalesce(noNumber, x), fallback: coalesce(noText, '?'), nothing: coalesce(noText), greatest: greatest(x, noNumber, 7),
      least: least(i, 1), nullif: nullif(s, 'x'), nvl2: nvl2(noNumber, 1, 2), zeroifnull: zeroifnull(noNumber), nullifzero: nullifzero(lit(0)), nanvl: nanvl(lit(NaN), 1), isnan: isnan(x), typeOf: typeOf(point),
      assertTrue: assertTrue(b), unreached: when(b, 'fine').otherwise(raiseError('no').cast(t.string())), struct: struct({ a: i, b: s }), field: point.east, getField: point.getField('name'),
      hash: hash(lit('Spark'), lit(1)), xxhash64: xxhash64(lit('Spark')), eq: i.eq(-7n), ne: s.ne('x'), eqNullSafe: noText.eqNullSafe(null), unknown: noText.eq('x'), isNull: noText.isNull(), isNotNull: s.isNotNull(),
      in: i.in(1, -7), notIn: i.in(1, 2).not(), between: x.between(1, 3), and: b.and(i.lt(0)), or: b.or(noNumber.gt(1)), le: i.le(-7), cast: x.cast(t.string()), tryCast: s.tryCast(t.int32()), rand: rand(1).lt(1), randn: randn(1).isNotNull(),
      uuid: length(uuid()), fn: fn<string>('nvl', noText, 'by name'),
    })),
    {
      when: 'minus', unmatched: null, coalesce: 2.5, fallback: '?', nothing: null, greatest: 7,
      least: -7, nullif: 'Spark SQL', nvl2: 2, zeroifnull: 0, nullifzero: null, nanvl: 1, isnan: false, typeOf: 'struct<east:double,name:string>',
      assertTrue: null, unreached: 'fine', struct: { a: -7, b: 'Spark SQL' }, field: 1.5, getField: 'home',
      hash: 205_329_825, xxhash64: -4_294_468_057_691_064_905n, eq: true, ne: true, eqNullSafe: true, unknown: null, isNull: true, isNotNull: true,
      in: true, notIn: true, between: true, and: true, or: true, le: true, cast: '2.5', tryCast: null, rand: true, randn: true,
      uuid: 36, fn: 'by name',
    },
  ))
})
