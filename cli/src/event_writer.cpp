// SPDX-License-Identifier: Apache-2.0
#include "event_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

/// Texts up to this length may be in a line that is written quickly; there are two
/// of them at most, and the rest of it is shorter than half of one.
constexpr std::size_t quick_max = 1024;
static_assert(3 * quick_max <= text_output::piece_max);

/// How every line begins.
constexpr std::string_view number_key = R"({"seq":)";

/// Whether JSON shows the text as it is.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
  });
}

bool is_quick(std::string_view text) {
  return text.size() <= quick_max && is_plain(text);
}

bool are_quick(const fleet& instances) {
  for (instance_index i = 0; i < instances.positions(); ++i)
    if (!is_quick(instances.id(i)))
      return false;
  return true;
}

} // namespace

/// One line in the making, in memory that is large enough for it.
class event_writer::line {
public:
  explicit line(text_output& out)
    : out_(out), begin_(out.reserve(text_output::piece_max)), at_(begin_) {}

  template <std::size_t N>
  line& put(const char (&text)[N]) {
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
    return *this;
  }

  /// Whole, which costs less than a copy of the length it has.
  template <std::size_t N>
  line& put(const short_text<N>& x) {
    std::memcpy(at_, x.text, N);
    at_ += x.size;
    return *this;
  }

  line& put(std::string_view text) {
    copy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }

  line& put(std::uint32_t number) {
    at_ = std::to_chars(at_, at_ + 10, number).ptr;
    return *this;
  }

  void commit() { out_.commit(static_cast<std::size_t>(at_ - begin_)); }

  void end() {
    put("}\n");
    commit();
  }

private:
  /// Most texts have the length of a word, for which a call is much.
  static void copy(char* to, const char* from, std::size_t size) {
    if (size >= 8 && size <= 16) {
      std::memcpy(to, from, 8);
      std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4 && size < 8) {
      std::memcpy(to, from, 4);
      std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
      std::memcpy(to, from, size);
    }
  }

  text_output& out_;
  char* begin_;
  char* at_;
};

/// The events that come once or more for each instance, without a JSON object.
/// Each call returns whether it has written the event.
class event_writer::quick_events {
public:
  explicit quick_events(event_writer& to) : to_(to) {}

  bool operator()(const told::step_started& e) {
    if (e.not_before)
      return false;
    begin("action_started", e.instance)
      .put(R"(","action":")")
      .put(action_name(e.step, e.action, e.work))
      .put(R"(","attempt":)")
      .put(e.attempt)
      .end();
    return true;
  }
  bool operator()(const told::step_finished& e) {
    if (!is_quick(e.error))
      return false;
    auto x = begin("action_finished", e.instance);
    x.put(R"(","action":")")
      .put(action_name(e.step, e.action, e.work))
      .put(R"(","attempt":)")
      .put(e.attempt)
      .put(R"(,"outcome":")")
      .put(to_string(e.outcome));
    if (e.error.empty())
      x.put(R"(","error":null)");
    else
      x.put(R"(","error":")").put(e.error).put("\"");
    x.end();
    return true;
  }
  bool operator()(const told::health_changed& e) {
    begin("health_changed", e.instance)
      .put(R"(","from":")")
      .put(to_string(e.from))
      .put(R"(","to":")")
      .put(to_string(e.to))
      .put("\"")
      .end();
    return true;
  }
  bool operator()(const told::instance_settled& e) {
    if (!is_quick(e.message))
      return false;
    auto x = begin("instance_settled", e.instance);
    if (e.reason == failure_reason::none)
      x.put(R"(","outcome":"succeeded","reason":null)");
    else
      x.put(R"(","outcome":"failed","reason":")").put(to_string(e.reason)).put("\"");
    end_with_message(x, e.message);
    return true;
  }
  bool operator()(const told::instance_skipped& e) {
    begin("instance_skipped", e.instance)
      .put(R"(","reason":")")
      .put(to_string(e.reason))
      .put("\"")
      .end();
    return true;
  }
  bool operator()(const told::instance_released& e) {
    begin("instance_released", e.instance)
      .put(R"(","reason":")")
      .put(to_string(e.reason))
      .put("\"")
      .end();
    return true;
  }
  bool operator()(const told::rollback_started& e) {
    begin("rollback_started", e.instance).put("\"").end();
    return true;
  }
  bool operator()(const told::rollback_finished& e) {
    if (!is_quick(e.message))
      return false;
    auto x = begin("rollback_finished", e.instance);
    x.put(R"(","outcome":")")
      .put(e.succeeded ? std::string_view("succeeded") : std::string_view("failed"))
      .put("\"");
    if (e.lags)
      x.put(R"(,"lags":true)");
    end_with_message(x, e.message);
    return true;
  }
  template <class Rare>
  bool operator()(const Rare&) {
    return false;
  }

private:
  /// Up to the instance's id; the quotation mark after it is still to come.
  template <std::size_t N>
  line begin(const char (&name)[N], instance_index i) {
    line x(to_.out_);
    x.put(to_.number_)
      .put(to_.middle_)
      .put(name)
      .put(R"(","instance":")")
      .put(to_.context_.instances->id(i));
    return x;
  }

  static void end_with_message(line& x, std::string_view message) {
    if (!message.empty())
      x.put(R"(,"message":")").put(message).put("\"");
    x.end();
  }

  event_writer& to_;
};

event_writer::event_writer(int descriptor, pace when, event_context context)
  : context_(std::move(context)), pace_(when),
    plain_ids_(are_quick(*context_.instances)),
    out_(descriptor, when == pace::turn ? text_output::writer::own_thread
                                        : text_output::writer::caller) {
  number_.set(std::string(number_key) + "0");
}

void event_writer::on_event(const upgrade_event& event, duration since_start) {
  count();
  if (since_start != at_)
    set_time(since_start);
  if (const auto* batch = std::get_if<told::batch_started>(&event))
    write_list(told::batch_started{batch->batch,
                                   batch->place,
                                   {},
                                   batch->limits,
                                   batch->unavailable,
                                   batch->bound,
                                   batch->surge},
               batch->instances);
  else if (const auto* more = std::get_if<told::batch_extended>(&event))
    write_list(told::batch_extended{more->batch, {}, more->surge}, more->instances);
  else if (!plain_ids_ || !std::visit(quick_events(*this), event))
    out_.append(text_of(event) + '\n');
  if (pace_ == pace::event)
    out_.hand_over();
}

/// Counts in the text itself: nine times of ten one digit changes.
void event_writer::count() {
  ++seq_;
  auto* digit = number_.text + number_.size - 1;
  for (; *digit == '9'; --digit)
    *digit = '0';
  if (*digit == number_key.back()) // all were nines
    number_.set(std::string(number_key) + std::to_string(seq_));
  else
    ++*digit;
}

void event_writer::set_time(duration since_start) {
  at_ = since_start;
  const auto time = std::chrono::floor<std::chrono::milliseconds>(context_.start + at_);
  if (time != time_) {
    time_ = time;
    time_text_ = to_iso_time(time);
  }
  middle_.set(R"(,"elapsedSeconds":)" + to_text(rounded_seconds(since_start))
              + R"(,"time":")" + time_text_ + R"(","event":")");
}

std::string event_writer::text_of(const upgrade_event& event) const {
  return to_text(event_json(context_, seq_, at_, event));
}

/// A batch may have millions of members: no object for each.
void event_writer::write_list(const upgrade_event& without_ids,
                              std::span<const instance_index> ids) {
  constexpr std::string_view key = R"("instances":[)";
  const auto text = text_of(without_ids);
  const auto inside = text.find(key) + key.size();
  out_.append(std::string_view(text).substr(0, inside));
  for (const auto& i : ids) {
    const auto id = context_.instances->id(i);
    if (&i != ids.data())
      out_.append(",");
    if (plain_ids_)
      line(out_).put("\"").put(id).put("\"").commit();
    else
      out_.append(to_text(id));
  }
  out_.append(std::string_view(text).substr(inside));
  out_.append("\n");
}

} // namespace drydock::cli
