#!/usr/bin/env bash
# What devices can do on a machine that is lent for minutes, without npm and without a network: the devices that the
# worker would take, whether they write the CPU's bytes, and the speed table.
#
#   bash test/bench/lentGpu.sh pack FOLDER     FOLDER/devices.tar.xz: node, onnxruntime for Linux, the built worker,
#                                              Vulkan's loader if it is installed; about 36 MB
#   bash test/bench/lentGpu.sh run FOLDER OUT [PROMPTS]     unpacks and runs there, in this checkout, which has the
#                                              models; at most 110 s (SECONDS_LEFT); OUT/devices.txt
#
# DEVICE: webgpu unless said. PYTHON: an interpreter with PyTorch and onnx writes the models of random weights, 60M,
# 350M and 1.5B, as far as the time goes; none, none of these. Rehearsed with BYTELINE_SOFTWARE_GPU=1 and
# VK_ICD_FILENAMES of SwiftShader.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
case $1 in
  pack)
    cd "$root"
    npm run --silent build
    into=$(mktemp -d)
    trap 'rm -rf "$into"' EXIT
    mkdir -p "$into"/{bin,lib,node_modules/onnxruntime-node/bin/napi-v6/linux}
    strip -s -o "$into/bin/node" "$(command -v node)"
    cp -r node_modules/onnxruntime-common "$into/node_modules"
    cp -r node_modules/onnxruntime-node/{package.json,dist} "$into/node_modules/onnxruntime-node"
    cp -r node_modules/onnxruntime-node/bin/napi-v6/linux/x64 "$into/node_modules/onnxruntime-node/bin/napi-v6/linux"
    cp -r dist "$into"
    cp -L /usr/lib/x86_64-linux-gnu/libvulkan.so.1 "$into/lib" 2> /dev/null || echo 'no Vulkan loader here' >&2
    npx esbuild test/bench/sameBytes.ts --bundle --platform=node --format=esm --external:onnxruntime-node \
      --outfile="$into/sameBytes.mjs" --log-level=warning
    mkdir -p "$2"
    tar -c -C "$into" . | xz -9 -T0 > "$2/devices.tar.xz"
    ls -l "$2/devices.tar.xz"
    ;;
  run)
    [ $# -ge 3 ] || usage
    folder=$(cd "$2" && pwd) prompts=${4:-200} device=${DEVICE:-webgpu}
    mkdir -p "$3" "$folder/unpacked/model"
    exec > >(tee "$3/devices.txt") 2>&1
    end=$((SECONDS + ${SECONDS_LEFT:-110}))
    [ -e "$folder/unpacked/sameBytes.mjs" ] || tar -xJf "$folder/devices.tar.xz" -C "$folder/unpacked"
    ln -sfn "$root/model/models" "$folder/unpacked/model/models"
    export PATH=$folder/unpacked/bin:$PATH LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:$folder/unpacked/lib
    byteline() { node --expose-gc "$folder/unpacked/dist/byteline.cjs" "$@"; }
    # each part gets what is left of the time; what fails is said, and the next goes on
    part() {
      echo "== $1, $((end - SECONDS)) s left"
      timeout $((end > SECONDS ? end - SECONDS : 1)) "${@:2}" || echo "ended with status $?"
    }
    export -f byteline
    export folder
    part devices bash -c 'byteline devices --model nano'
    part 'the same bytes' node "$folder/unpacked/sameBytes.mjs" "$root/model/models/nano" "$device" "$prompts" \
      "$root"/server/*/*.ts
    bench="--device $device --runs 10 --rounds 1 --keys 0 --no-workspace"
    part nano bash -c "byteline bench --model nano $bench"
    if [ -n "${PYTHON:-}" ]; then
      for name in 60M 350M 1.5B; do
        part "writing $name" env PYTHONPATH="$root/model" \
          "$PYTHON" -m byteline_model.peer --out "$folder/random" --only $name
        part $name bash -c "byteline bench --model $folder/random/$name $bench"
      done
    fi
    ;;
  *) usage ;;
esac
