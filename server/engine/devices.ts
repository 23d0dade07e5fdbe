/**
 * The devices that a model may run on, by their names in onnxruntime. Imports nothing: the command line's help needs
 * it.
 */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];
