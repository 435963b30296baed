# SPDX-License-Identifier: Apache-2.0
# The rules of tools/tidy; POSIX awk, for mawk has no more. Reads every file of the
# tree (named ./path) and prints `path:line: message`, in no order.
#
# A C++ line is looked at twice: as it is (includes, headers, leftovers), and with
# comments and literals taken out (calls, braces).

BEGIN {
  max_file_lines = 400
  max_function_lines = 60
  spdx = "SPDX-License-Identifier: Apache-2\\.0$"
  not_word = "[^A-Za-z0-9_]"

  # Which of the project's own headers a folder may include. `tests`, `bench`,
  # `examples` and `cli` may include all.
  may_include["engine"] = " engine "
  may_include["config"] = " engine config "
  may_include["drivers"] = " engine protocol drivers "
  may_include["actors"] = " engine protocol actors "
  may_include["rehearsal"] = " engine protocol actors drivers rehearsal "
  may_include["journal"] = " engine journal "
  may_include["store"] = " engine protocol journal store "
  may_include["library"] = " engine protocol actors drivers rehearsal journal store library "
  # And what others they may, beside the standard library; absent: any but CAF.
  others["engine"] = "^$"
  others["journal"] = "^$"
  others["config"] = "^(toml\\+\\+/|nlohmann/|date/)"
  others["actors"] = "^caf/"
  others["store"] = "^(sqlite3|libpq-fe|fcntl|poll|pthread|signal|unistd|sys/[a-z]+)\\.h$"
  # Public: CAF in one header and its source alone; see tests/library.
  others["library"] = "^caf/"
  is_product["cli"] = 1
  for (folder in may_include)
    is_product[folder] = 1

  # Folders whose answers depend on nothing but what they are given.
  is_pure["engine"] = is_pure["journal"] = 1
  ban("pure", "(system|steady|high_resolution)_clock", "this folder is told the time, it does not ask")
  ban("pure", "(random_device|mt19937|mt19937_64|default_random_engine)", "this folder knows no randomness")
  ban("pure", "s?rand", "this folder knows no randomness")
  ban("pure", "std::(jthread|thread|mutex|shared_mutex|condition_variable|async)", "this folder knows no threads")
  ban("pure", "(fopen|[io]?fstream|std::filesystem|getenv)", "this folder knows no files and no environment")
  ban("product", "caf::infinite", "a request needs a finite timeout")
  ban("product", "std::endl", "write '\\n', and flush where it is meant")
  ban("product", "(sleep_for|sleep_until|usleep|nanosleep)", "nothing but timers waits")
  ban("not drivers", "detached", "threads of their own escape virtual time: only in drivers/")
  # `self->system()` and a variable called so are no calls of the shell.
  ban_exactly("product", "(^|[;{}(=,!&|?]|return) *(::|std::)? *system *\\(", "run commands without a shell, through drivers/")
}

function ban(where, what, why) {
  ban_exactly(where, "(^|" not_word ")" what "($|" not_word ")", why)
}

function ban_exactly(where, pattern, why) {
  ++bans
  ban_where[bans] = where
  ban_pattern[bans] = pattern
  ban_why[bans] = why
}

function report(line, message) {
  print path ":" line ": " message
}

FNR == 1 {
  finish_file()
  start_file()
}

{
  last_line = FNR
  sub(/\r$/, "")
}

kind == "" { next }

{ check_leftovers() }

kind == "cpp" { check_cpp() }
kind == "markdown" { check_markdown() }
kind == "script" && FNR <= 2 && $0 ~ ("^# " spdx) { has_spdx = 1 }
kind == "cmake" && FNR == 1 && $0 ~ ("^# " spdx) { has_spdx = 1 }

END {
  finish_file()
  for (i = 1; i < ARGC; ++i) {
    path = substr(ARGV[i], 3)
    if (!(path in seen) && kind_of(path, "") ~ /cpp|cmake|script|markdown/)
      report(1, "the file is empty: fill it or remove it")
  }
}

# ---------------------------------------------------------------- files

function kind_of(name, first) {
  if (name ~ /\.[ch]pp$/)
    return "cpp"
  if (name ~ /(^|\/)CMakeLists\.txt$/ || name ~ /\.cmake$/)
    return "cmake"
  if (name ~ /\.md$/)
    return "markdown"
  if (name ~ /\.(sh|awk)$/ || first ~ /^#!/)
    return "script"
  if (name ~ /\.(toml|json|yml|yaml|in|list)$/ || name ~ /(^|\/)\.[a-z-]+$/)
    return "text"
  return ""
}

function start_file() {
  path = substr(FILENAME, 3)
  seen[path] = 1
  kind = kind_of(path, $0)
  folder = path
  sub(/\/.*/, "", folder)
  product = folder in is_product
  has_spdx = has_once = titles = in_fence = 0
  in_comment = in_raw = in_macro = 0
  depth = parens = 0
  head = ""
}

function finish_file() {
  if (path == "" || kind == "")
    return
  if (kind ~ /cpp|cmake|script/ && !has_spdx)
    report(1, "the file does not begin with its SPDX-License-Identifier line")
  if (kind ~ /cpp|script/ && last_line > max_file_lines)
    report(last_line, "the file has " last_line " lines, more than " max_file_lines ": split it")
  if (path ~ /\.hpp$/ && !has_once)
    report(1, "the header lacks #pragma once")
  if (kind == "markdown" && titles == 0)
    report(1, "the document has no title: begin it with one '# ' line")
}

# The words are written so that this file does not find itself.
function check_leftovers() {
  if (match($0, "(^|" not_word ")(TO[D]O|FI[X]ME|X[X]X)($|" not_word ")"))
    report(FNR, "a leftover: finish it or write down elsewhere what is to be done")
  if (match($0, "(^|[^A-Za-z0-9_.~})-])/(wor[k]|hom[e]|roo[t])/"))
    report(FNR, "a path of one machine: name it relative to the tree")
}

function check_markdown() {
  if ($0 ~ /^ *(```|~~~)/)
    in_fence = !in_fence
  if (!in_fence && $0 ~ /^# / && ++titles == 2)
    report(FNR, "a second title: a document has one '# ' line")
}

# ---------------------------------------------------------------- C++

function check_cpp() {
  if (FNR == 1 && $0 ~ ("^// " spdx))
    has_spdx = 1
  if ($0 == "#pragma once")
    has_once = 1
  if ((folder in is_pure || folder == "config") && $0 ~ /caf(\/|::)/)
    report(FNR, folder "/ never mentions CAF")
  if (in_macro || (!in_comment && !in_raw && $0 ~ /^ *#/)) {
    # A directive: no code of ours begins or ends in it.
    in_macro = $0 ~ /\\$/
    if ($0 ~ /^ *# *include/)
      check_include()
    else if (product)
      check_calls($0)
    return
  }
  code = ""
  if ($0 ~ /^ *(public|private|protected): *$/)
    return
  scan($0)
  if (product)
    check_calls(code)
}

function check_include(   name, own, dir, layer) {
  if (!match($0, /[<"][^>"]*[>"]/))
    return
  name = substr($0, RSTART + 1, RLENGTH - 2)
  own = substr($0, RSTART, 1) == "\""
  if (product && name == "caf/all.hpp")
    report(FNR, "include the CAF headers that are used, not all of them")
  if (!(folder in may_include))
    return
  if (name ~ /^drydock\//) {
    split(name, parts, "/")
    # The public headers are drydock/NAME.hpp.
    layer = parts[3] == "" ? "library" : parts[2]
    if (index(may_include[folder], " " layer " ") == 0)
      report(FNR, folder "/ must not include " (parts[3] == "" ? name : "drydock/" parts[2] "/"))
    return
  }
  # A header beside the source, which a target finds by itself.
  dir = path
  sub(/[^\/]*$/, "", dir)
  if (own && (is_file(dir name) || is_file(folder "/src/" name)))
    return
  if (folder in others ? name !~ others[folder] && !is_standard(name) : name ~ /^caf\//)
    report(FNR, folder "/ must not include " name)
}

function is_standard(name) {
  return name ~ /^[a-z_0-9]+$/
}

function is_file(name,   i) {
  if (!files_listed++)
    for (i = 1; i < ARGC; ++i)
      file_list[substr(ARGV[i], 3)] = 1
  return name in file_list
}

function check_calls(text,   i) {
  for (i = 1; i <= bans; ++i) {
    if (ban_where[i] != "product" && !(ban_where[i] == "pure" && folder in is_pure) \
        && !(ban_where[i] == "not drivers" && folder != "drivers"))
      continue
    if (text ~ ban_pattern[i])
      report(FNR, ban_why[i])
  }
}

# Walks a line from one token that matters to the next: literals and comments are
# taken out into nothing, braces tell where functions begin and end.
function scan(line,   at, token) {
  while (line != "") {
    if (in_comment) {
      at = index(line, "*/")
      if (at == 0)
        return
      line = substr(line, at + 2)
      in_comment = 0
      continue
    }
    if (in_raw) {
      at = index(line, raw_end)
      if (at == 0)
        return
      line = substr(line, at + length(raw_end))
      in_raw = 0
      continue
    }
    if (!match(line, /\/\/|\/\*|R"[^( ]*\(|["'{};()]/)) {
      take(line)
      return
    }
    token = substr(line, RSTART, RLENGTH)
    at = RSTART
    take(substr(line, 1, at - 1))
    line = substr(line, at + length(token))
    if (token == "//")
      return
    if (token == "/*")
      in_comment = 1
    else if (token ~ /^R"/) {
      in_raw = 1
      raw_end = ")" substr(token, 3, length(token) - 3) "\""
      take("s")
    } else if (token == "\"") {
      line = match(line, /^([^"\\]|\\.)*"/) ? substr(line, RLENGTH + 1) : ""
      take("s")
    } else if (token == "'") {
      # After a digit it separates digits.
      if (code ~ /[0-9a-fA-F]$/)
        continue
      line = match(line, /^([^'\\]|\\.)+'/) ? substr(line, RLENGTH + 1) : ""
      take("c")
    } else {
      brace(token)
    }
  }
}

function take(text) {
  code = code text
  # What stands before a brace says what it opens; inside functions nobody asks.
  if (opener[depth] == "function" || (head == "" && text ~ /^ *$/))
    return
  if (head == "")
    head_line = FNR
  head = head text " "
}

function brace(token) {
  if (token == "(") {
    ++parens
    take(token)
  } else if (token == ")") {
    --parens
    take(token)
  } else if (token == ";") {
    code = code token
    if (parens == 0)
      head = ""
  } else if (token == "{") {
    code = code token
    open_brace()
  } else {
    code = code token
    close_brace()
  }
}

function open_brace(   what) {
  what = opener[depth] == "function" ? "block" : what_opens()
  if (opener[depth] == "block")
    what = "block"
  ++depth
  opener[depth] = what
  opened[depth] = head_line
  parens_before[depth] = parens
  head_before[depth] = what == "value" ? head : ""
  parens = 0
  head = ""
}

# function, scope (namespace, class …) or value (an initializer).
function what_opens(   text) {
  # Template arguments go, and each pair of parentheses becomes one @.
  text = head
  sub(/ +$/, "", text)
  if (parens > 0 || text ~ /=$/ || text ~ /(^|[^a-z])return$/)
    return "value"
  while (gsub(/<[^<>()]*>/, "", text) || gsub(/\([^()]*\)/, "@", text))
    ;
  if (text ~ /(^|[^A-Za-z0-9_])(namespace|class|struct|union|enum|extern)($|[^A-Za-z0-9_])/)
    return "scope"
  # A member in a constructor's list: `: size_{…}`, `, name_{…}`.
  if (text ~ /@[a-z ]*:[^:].*[A-Za-z0-9_]$/ || text !~ /@/)
    return "value"
  return "function"
}

function close_brace(   lines) {
  if (depth == 0)
    return
  lines = FNR - opened[depth] + 1
  if (opener[depth] == "function" && lines > max_function_lines)
    print path ":" opened[depth] ": the function has " lines " lines, more than " \
      max_function_lines ": split it"
  head = head_before[depth]
  parens = parens_before[depth]
  if (head != "") {
    head = head "() "
    head_line = opened[depth]
  }
  delete opener[depth]
  --depth
}
