/** The wire format of protocol buffers, as far as a check of a file needs it: fields in their order, nothing copied. */

/** A field: its number, and a varint's or fixed number's value or the bytes of what has a length. */
export interface Field {
  number: number;
  value: number;
  bytes?: Uint8Array;
}

/** The fields of a message. Throws an Error where the bytes are none. */
export function* fields(message: Uint8Array): Generator<Field> {
  for (let at = 0; at < message.length; ) {
    let key: number;
    [key, at] = varint(message, at);
    const [number, wire] = [Math.floor(key / 8), key % 8];
    let value = 0;
    if (wire === 0) {
      [value, at] = varint(message, at);
      yield { number, value };
      continue;
    }
    if (wire === 2) [value, at] = varint(message, at);
    else if (wire === 1 || wire === 5) value = wire === 1 ? 8 : 4;
    else throw new Error(`wire type ${wire} at byte ${at}`);
    if (!(value >= 0 && value <= message.length - at)) throw new Error(`ends in the middle of field ${number}`);
    yield { number, value, bytes: message.subarray(at, at + value) };
    at += value;
  }
}

/** A signed number of at most 64 bits, and where what follows it stands; beyond 2^53 it is not exact. */
export function varint(message: Uint8Array, at: number): [number, number] {
  let [value, scale] = [0, 1];
  for (let i = 0; i < 10; i++, scale *= 128) {
    if (at + i >= message.length) throw new Error('ends in the middle of a number');
    const byte = message[at + i];
    value += (byte & 127) * scale;
    if (byte < 128) return [i === 9 ? negative(message.subarray(at, at + 10)) : value, at + i + 1];
  }
  throw new Error(`a number of more than ten bytes at byte ${at}`);
}

/** The number whose ten bytes reach the highest bit: in floating point -1 would be 0. */
const negative = (bytes: Uint8Array) =>
  Number(
    BigInt.asIntN(
      64,
      bytes.reduceRight((n, byte) => n * 128n + BigInt(byte & 127), 0n),
    ),
  );
