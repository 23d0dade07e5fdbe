/** Graphs that no model of ours has: that of micro, written again with other fields, as protocol buffers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fields } from '../../server/engine/protobuf.ts';
import { ROOT } from './worker.ts';

export const MICRO = join(ROOT, 'model/models/micro');
export const GRAPH = readFileSync(join(MICRO, 'int8.onnx'));

const varint = (n: bigint): number[] => (n < 128n ? [Number(n)] : [Number(n & 127n) | 128, ...varint(n >> 7n)]);
export const number = (field: number, value: number | bigint) =>
  Buffer.from([...varint(BigInt(field * 8)), ...varint(BigInt.asUintN(64, BigInt(value)))]);
export const bytes = (field: number, value: string | Buffer) =>
  Buffer.concat([
    Buffer.from([...varint(BigInt(field * 8 + 2)), ...varint(BigInt(value.length))]),
    Buffer.from(value as string),
  ]);
/** A message again from its fields, with `change` of each. */
const rewritten = (
  message: Uint8Array,
  change: (field: number, value: Buffer | number, index: number) => Buffer | undefined,
): Buffer =>
  Buffer.concat(
    [...fields(message)].flatMap(
      ({ number: n, value, bytes: b }, i) =>
        change(n, b ? Buffer.from(b) : value, i) ?? (b ? bytes(n, Buffer.from(b)) : number(n, value)),
    ),
  );
/** The graph with one of its fields changed, or more behind its last one. */
export const graphWith = (
  more: Buffer,
  change: (field: number, value: Buffer, index: number) => Buffer | undefined = () => undefined,
) =>
  rewritten(GRAPH, (n, value) =>
    n === 7
      ? bytes(7, Buffer.concat([rewritten(value as Buffer, (n, v, i) => change(n, v as Buffer, i)), more]))
      : undefined,
  );
export const node = (operator: string, domain = '', ...more: Buffer[]) =>
  bytes(
    1,
    Buffer.concat([bytes(1, 'x'), bytes(2, `made by ${operator}`), bytes(4, operator), bytes(7, domain), ...more]),
  );
export const tensor = (dims: (number | bigint)[], ...more: Buffer[]) =>
  bytes(5, Buffer.concat([...dims.map((d) => number(1, d)), number(2, 1), bytes(8, 'evil'), ...more]));
export const outside = (entries: Record<string, string>) =>
  Buffer.concat([
    ...Object.entries(entries).map(([key, value]) => bytes(13, Buffer.concat([bytes(1, key), bytes(2, value)]))),
    number(14, 1),
  ]);

/**
 * A change of the graph's tensors: one shape, [0, 0] for "as they are", becomes [1, 0], and the runtime divides by
 * zero.
 */
export function fatalShape(): (field: number, value: Buffer) => Buffer | undefined {
  const [shape, other] = [Buffer.alloc(16), Buffer.from([1, ...new Uint8Array(15)])];
  return (field, value) =>
    field === 5
      ? bytes(
          5,
          rewritten(value, (n, v) => (n === 9 && shape.equals(v as Buffer) ? bytes(9, other) : undefined)),
        )
      : undefined;
}
