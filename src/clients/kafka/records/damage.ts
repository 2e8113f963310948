/** What is wrong with some bytes; the reader adds which batch of which partition and makes a KAFKA_CORRUPT_RECORDS of it. */
export class RecordDamage extends Error {}
