# SPDX-License-Identifier: Apache-2.0
# Reads Doxygen's XML and prints `file:line: name` for every public name that has no
# `///` of its own. What has no name of its own needs none: destructors, copies, moves
# and comparisons, constructors that are defaulted or deleted.

function attribute(name,   at) {
  if (!match($0, " " name "=\"[^\"]*\""))
    return ""
  at = RSTART + length(name) + 3
  return substr($0, at, RSTART + RLENGTH - 1 - at)
}

function content(   text) {
  text = $0
  gsub(/^[^>]*>|<[^<]*$/, "", text)
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

function unqualified(text) {
  sub(/ *<.*/, "", text)
  sub(/.*::/, "", text)
  return text
}

function has_no_name(   own) {
  own = unqualified(compound)
  return name ~ /^~/ || name ~ /^operator *(=|==|<=>)$/ \
    || (name == own && (arguments ~ /=(default|delete)$/ \
        || arguments ~ ("^\\((const )?" own " ?&&? ?[a-z]*\\)")))
}

# A name may stand in the XML of its file and in that of its namespace.
function missing(where, what) {
  if (!((where what) in told))
    print where ": " what
  told[where what] = 1
}

function place() { return attribute("file") ":" attribute("line") }

/<compounddef / {
  compound_kind = attribute("kind")
  compound_is_public = attribute("prot") ~ /^(public)?$/
  documented = member = value = 0
  compound = ""
}
/<compoundname>/ { compound = content() }
/<memberdef / {
  member = 1
  kind = attribute("kind")
  is_public = attribute("prot") == "public"
  member_documented = 0
  name = arguments = where = ""
  values = 0
}
/<enumvalue / { value = 1; value_documented = 0 }
/<name>/ && value { value_name = content() }
/<name>/ && member && !value { name = content() }
/<argsstring>/ && member { arguments = content() }
/<(brief|detailed)description>/ { describes = 1 }
/<\/(brief|detailed)description>/ { describes = 0 }
/<para>/ && describes {
  if (value)
    value_documented = 1
  else if (member)
    member_documented = 1
  else
    documented = 1
}
/<\/enumvalue>/ {
  if (!value_documented)
    undocumented[++values] = value_name
  value = 0
}
/<location / && member { where = place() }
/<location / && !member && compound_kind ~ /^(class|struct|union|namespace)$/ {
  if (compound_is_public && !documented && compound !~ /^std(::|$)/)
    missing(place(), compound)
}
/<\/memberdef>/ {
  if (is_public && compound_is_public && kind != "friend") {
    scope = compound_kind == "file" ? "" : compound "::"
    if (!member_documented && !has_no_name())
      missing(where, scope name)
    for (i = 1; i <= values; ++i)
      missing(where, scope name "::" undocumented[i])
  }
  member = 0
}
/<\/compounddef>/ { ++compounds }

END {
  if (compounds == 0) {
    print "there is nothing to read"
    exit 1
  }
}
