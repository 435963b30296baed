# SPDX-License-Identifier: Apache-2.0
# Shows a header to Doxygen as users see it: without the inline namespace, and
# without what is said to be "For the engine." or "For `something`." (up to the
# next empty line or `private:`). Lines keep their numbers.
{ gsub(/drydock::inline v1/, "drydock") }
/^ *\/\/\/ For (the engine|`[a-z_]+`)\.?$/ { print "/// @cond"; hidden = 1; next }
hidden && /^ *(private:)?$/ { print "/// @endcond"; hidden = 0; next }
{ print }
