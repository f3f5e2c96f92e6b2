# shellcheck shell=bash
# deps.sh -- the Debian packages that the commands of scripts/dev need, and installing them.

packages() { # GROUP: its packages
    case $1 in
    build)
        echo gcc g++ make autoconf automake libtool pkg-config python3 \
            librdkafka-dev liblmdb-dev libjansson-dev libmicrohttpd-dev libxxhash-dev check
        ;;
    lint) echo clang-format shellcheck ;;
    dist) echo xz-utils ;;
    clang) echo clang ;;
    tidy) echo clang-tidy ;;
    valgrind) echo valgrind ;;
    kafka) echo openjdk-17-jdk-headless maven kcat ;;
    pip) echo python3-pip ;;
    *) die "no group of packages is called $1" ;;
    esac
}

is_installed() { # PACKAGE
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

need() { # GROUP...: install what is missing of these groups
    local group package list missing=() as_root=()
    if ! command -v dpkg-query >/dev/null; then
        note "this is not Debian: packages are not installed automatically"
        return
    fi
    for group in "$@"; do
        list=$(packages "$group")
        for package in $list; do
            is_installed "$package" || missing+=("$package")
        done
    done
    if ((${#missing[@]} == 0)); then
        return
    fi
    note "installing with apt-get: ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "only root can install these packages and there is no sudo; as root, run:" \
                "apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    mkdir -p build
    quiet build/apt-get.log "${as_root[@]}" apt-get update
    quiet build/apt-get.log "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}
