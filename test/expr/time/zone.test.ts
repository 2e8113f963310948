import { describe, expect, test } from 'vitest'
import { zoneOf } from '../../../src/columnar/text/zone.ts'
import { errorOf, call, at, text, fixtureLines, valueOf } from './support.ts'

describe('time zones', () => {
  test('offsets, local times in gaps and overlaps, and starts of days are those of java.time', () => {
    const wrong: string[] = []
    for (const line of fixtureLines('zones.txt')) {
      const [id, ...cases] = line.split(' ')
      const zone = zoneOf(id)
      for (const one of cases) {
        const [instant, offset, sameLocal, startOfDay] = one.split(',').map(Number)
        const got = zone === undefined ? [] : [zone.offsetAt(instant), instant - zone.offsetOfLocal(instant), zone.startOfDay(Math.floor(instant / 86_400))]
        if (String(got) !== String([offset, sameLocal, startOfDay])) wrong.push(`${id} ${one}: ${String(got)}`)
      }
    }
    expect(wrong).toEqual([])
  })
  test('an hour that is skipped moves forward, one that occurs twice is the first', () => {
    const berlin = zoneOf('Europe/Berlin')
    const local = (iso: string): number => Date.parse(`${iso}Z`) / 1000
    const instant = (iso: string): string => new Date((local(iso) - (berlin?.offsetOfLocal(local(iso)) ?? NaN)) * 1000).toISOString()
    expect([instant('2024-03-31T02:30:00'), instant('2024-10-27T02:30:00'), instant('2024-10-27T03:00:00')]).toEqual([
      '2024-03-31T01:30:00.000Z', '2024-10-27T00:30:00.000Z', '2024-10-27T02:00:00.000Z',
    ])
  })
  test.each([
    ['+5', '+05:00', 18_000], ['+05:30', '+05:30', 19_800], ['-0330', '-03:30', -12_600], ['+01:02:03', '+01:02:03', 3723], ['Z', 'Z', 0], ['UTC', 'UTC', 0],
    ['GMT+1', 'GMT+01:00', 3600], ['UTC-3', 'UTC-03:00', -10_800], ['GMT', 'GMT', 0], ['+5:30', '+05:30', 19_800], ['+05:3', '+05:03', 18_180],
    ['EST', '-05:00', -18_000],
  ])('reads the offset %s', (name, id, seconds) => {
    expect([zoneOf(name)?.id, zoneOf(name)?.fixed]).toEqual([id, seconds])
  })
  test('reads legacy ids as the regions they stand for', () => {
    expect([zoneOf('PST')?.id, zoneOf('IST')?.id, zoneOf('JST')?.id]).toEqual(['America/Los_Angeles', 'Asia/Kolkata', 'Asia/Tokyo'])
  })
  test.each(['', 'Europe/Nowhere', 'europe/berlin', '+19', '+1:75', 'GMT+25', 'PSTX', '5'])('refuses %j', name => {
    expect(zoneOf(name)).toBeUndefined()
    expect(errorOf(call('from_utc_timestamp', at('2024-01-01T00:00:00Z'), text(name)))).toEqual(['EXPR_INVALID_TIME_ZONE', 'INVALID_TIMEZONE'])
  })
  test('far years follow the last rule of the zone', () => {
    expect([valueOf(call('hour', at('2390-07-01T00:00:00Z')), 'Europe/Berlin'), valueOf(call('hour', at('2390-01-01T00:00:00Z')), 'Europe/Berlin')]).toEqual([2, 1])
  })
})
