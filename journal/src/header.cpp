// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"
#include "frame.hpp"
#include "header_additions.hpp"

namespace drydock::inline v1::journal {

std::string write_header(const header& x) {
  byte_writer out;
  begin_record(out, record_kind::header);
  out.text(x.scale_set);
  out.text(x.upgrade_id);
  out.signed_number(x.started_us);
  out.fixed64(x.fingerprint);
  out.fixed64(x.seed);
  put_options(out, x.rollout);
  put_value(out, x.previous_model);
  put_value(out, x.latest_model);
  put_fleet(out, x.instances ? *x.instances : engine::fleet(), has_additions(x));
  put_additions(out, x);
  end_record(out);
  return std::string(out.bytes());
}

std::variant<header, bad_record> read_header(std::string_view bytes) {
  const auto opened = open_record(bytes, record_kind::header);
  if (const auto* bad = std::get_if<bad_record>(&opened))
    return *bad;
  byte_reader in(std::get<std::string_view>(opened));
  header x;
  x.scale_set = in.text();
  x.upgrade_id = in.text();
  x.started_us = in.signed_number();
  x.fingerprint = in.fixed64();
  x.seed = in.fixed64();
  x.rollout = get_options(in);
  x.previous_model = get_value(in);
  x.latest_model = get_value(in);
  x.instances = get_fleet(in);
  get_additions(in, x);
  if (const auto bad = problem_of(in))
    return *bad;
  return x;
}

} // namespace drydock::inline v1::journal
