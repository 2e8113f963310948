// Values and methods that do not fit the type of a column, and JavaScript's operators in place of methods.
import { coalesce, upper, when, year, array, arrayContains, lit, greatest } from 'millrace'
import { flights } from '../frames.ts'

flights.where(({ distance }) => distance.gt('far'))
flights.where(({ carrier }) => carrier.plus(1))
flights.where(({ distance }) => distance)
flights.where(({ distance }) => distance > 100)
flights.where(({ carrier }) => carrier === 'AA')
flights.where(({ distance, seats }) => distance.gt(100).and(seats))
flights.where(({ carrier }) => carrier.eq(5))
flights.where(({ event_time }) => event_time.gt(5))
flights.withColumn('loud', ({ distance }) => upper(distance))
flights.withColumn('year', ({ carrier }) => year(carrier))
flights.withColumn('delay', ({ delay }) => coalesce(delay, 'none'))
flights.withColumn('size', ({ seats }) => when(seats.gt(200), 'large').otherwise(3))
flights.withColumn('found', ({ legs }) => arrayContains(legs, 5))
flights.withColumn('most', ({ seats, carrier }) => greatest(seats, carrier))
flights.withColumn('text', () => 'constant')
flights.withColumn('bad', () => lit({ a: 1 }))
flights.withColumn('cast', ({ seats }) => seats.cast('int'))
flights.withColumn('list', ({ seats }) => array(seats, new Map()))
