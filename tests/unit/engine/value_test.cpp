// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/value.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace drydock::engine;

namespace {

using list = value::list;
using table = value::table;
using paths = std::vector<std::string>;

value image_model() {
  return table{{"image", table{{"offer", "web"}, {"version", "1.0.0"}}},
               {"vm_size", "small"}};
}

} // namespace

TEST_CASE("a dotted path finds a value, and nothing where a step is missing") {
  const auto model = image_model();
  REQUIRE(model.find("image.version") != nullptr);
  CHECK(*model.find("image.version") == value("1.0.0"));
  REQUIRE(model.find("image") != nullptr);
  CHECK(model.find("image")->as_table()->size() == 2);
  CHECK(model.find("image.sku") == nullptr);
  CHECK(model.find("disk.size") == nullptr);
  CHECK(model.find("vm_size.cores") == nullptr);
  CHECK(model.find("") == nullptr);
  CHECK(model.find("image.") == nullptr);
  CHECK(value().find("image") == nullptr);
}

TEST_CASE("setting a path makes the tables on the way") {
  value model;
  model.set("image.version", "2");
  model.set("vm_size", "large");
  CHECK(model
        == value(table{{"image", table{{"version", "2"}}}, {"vm_size", "large"}}));
  model.set("vm_size.cores", 4);
  CHECK(*model.find("vm_size.cores") == value(4));
  model.set("image.version", "3");
  CHECK(*model.find("image.version") == value("3"));
}

TEST_CASE("text of a value is bare for strings and as in JSON for the rest") {
  CHECK(value("a \"b\"").to_text() == "a \"b\"");
  CHECK(value().to_text().empty());
  CHECK(value(true).to_text() == "true");
  CHECK(value(false).to_text() == "false");
  CHECK(value(-7).to_text() == "-7");
  CHECK(value(std::numeric_limits<std::int64_t>::min()).to_text()
        == "-9223372036854775808");
  CHECK(value(0.1).to_text() == "0.1");
  CHECK(value(2.0).to_text() == "2.0");
  CHECK(value(1e300).to_text() == "1e+300");
  CHECK(value(std::numeric_limits<double>::infinity()).to_text() == "null");
  CHECK(value(list{}).to_text() == "[]");
  CHECK(value(table{}).to_text() == "{}");
  CHECK(value(list{1, "a", value(), table{{"b", true}, {"c", 0.5}}}).to_text()
        == R"([1,"a",null,{"b":true,"c":0.5}])");
  CHECK(value(list{"q\" b\\ \n\t\r \x01 \xc3\xa9"}).to_text()
        == "[\"q\\\" b\\\\ \\n\\t\\r \\u0001 \xc3\xa9\"]");
}

TEST_CASE("values compare by content, and an integer is no floating point number") {
  CHECK(image_model() == image_model());
  CHECK(value(1) != value(1.0));
  CHECK(value("1") != value(1));
  CHECK(value(list{1, 2}) != value(list{2, 1}));
}

TEST_CASE("merging follows every example of RFC 7396, appendix A") {
  struct row {
    value original;
    value patch;
    value result;
  };
  const value null;
  const row rows[] = {
    {table{{"a", "b"}}, table{{"a", "c"}}, table{{"a", "c"}}},
    {table{{"a", "b"}}, table{{"b", "c"}}, table{{"a", "b"}, {"b", "c"}}},
    {table{{"a", "b"}}, table{{"a", null}}, table{}},
    {table{{"a", "b"}, {"b", "c"}}, table{{"a", null}}, table{{"b", "c"}}},
    {table{{"a", list{"b"}}}, table{{"a", "c"}}, table{{"a", "c"}}},
    {table{{"a", "c"}}, table{{"a", list{"b"}}}, table{{"a", list{"b"}}}},
    {table{{"a", table{{"b", "c"}}}}, table{{"a", table{{"b", "d"}, {"c", null}}}},
     table{{"a", table{{"b", "d"}}}}},
    {table{{"a", list{table{{"b", "c"}}}}}, table{{"a", list{1}}},
     table{{"a", list{1}}}},
    {list{"a", "b"}, list{"c", "d"}, list{"c", "d"}},
    {table{{"a", "b"}}, list{"c"}, list{"c"}},
    {table{{"a", "foo"}}, null, null},
    {table{{"a", "foo"}}, "bar", "bar"},
    {table{{"e", null}}, table{{"a", 1}}, table{{"e", null}, {"a", 1}}},
    {list{1, 2}, table{{"a", "b"}, {"c", null}}, table{{"a", "b"}}},
    {table{}, table{{"a", table{{"bb", table{{"ccc", null}}}}}},
     table{{"a", table{{"bb", table{}}}}}},
  };
  for (const auto& x : rows) {
    CAPTURE(x.original.to_text());
    CAPTURE(x.patch.to_text());
    CHECK(merge(x.original, x.patch) == x.result);
  }
}

TEST_CASE("changed paths are the sorted leaves in which two models differ") {
  const auto before = image_model();
  CHECK(changed_paths(before, before).empty());

  auto after = before;
  after.set("vm_size", "large");
  after.set("image.version", "2");
  after.set("settings.greeting", "hello");
  CHECK(changed_paths(before, after)
        == paths{"image.version", "settings.greeting", "vm_size"});

  CHECK(changed_paths(before, value(table{{"vm_size", "small"}}))
        == paths{"image.offer", "image.version"});
  CHECK(changed_paths(value(), before)
        == paths{"image.offer", "image.version", "vm_size"});
}

TEST_CASE("a list is one leaf, and empty tables and nulls count as absent") {
  const value one(table{{"zones", list{"1"}}});
  const value two(table{{"zones", list{"1", "2"}}});
  CHECK(changed_paths(one, two) == paths{"zones"});

  const value empty(table{{"tags", table{}}, {"user_data", value()}});
  CHECK(changed_paths(value(table{}), empty).empty());
  CHECK(changed_paths(empty, value()).empty());
}

TEST_CASE("a scalar that becomes a table changes both paths") {
  const value scalar(table{{"a", 1}});
  const value nested(table{{"a", table{{"b", 1}}}});
  CHECK(changed_paths(scalar, nested) == paths{"a", "a.b"});
}
