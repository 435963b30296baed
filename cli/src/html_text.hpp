// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"
#include "drydock/rehearsal/report.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Words and numbers of a page, all in UTF-8. What comes from users passes through
/// `html` or `html_code`; everything else here is plain text that needs neither.
namespace drydock::cli {

/// `text` as HTML or XML shows it, in element content and in quoted attributes.
/// Control characters become spaces, broken UTF-8 question marks.
[[nodiscard]] std::string html(std::string_view text);

/// `text` in `<code>`, with places to break lines in long words.
[[nodiscard]] std::string html_code(std::string_view text);

/// `text` in lines of at most `width` columns each, broken at spaces, after
/// punctuation or where a capital follows a small letter; what is left after
/// `most` lines becomes dots. At least one line; `width` and `most` ≥ 1.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::size_t most);

/// `text` as one word of a POSIX shell.
[[nodiscard]] std::string shell_word(std::string_view text);

/// With at most `decimals` digits behind the point, and no zeros at the end; the
/// same in every locale.
[[nodiscard]] std::string number_text(double value, int decimals);

/// `93.5 %` for 0.935, `92.0 %` for 0.92, `0 %`, `100 %`; a share that is neither 0 nor
/// 1 is never told as one.
[[nodiscard]] std::string percent_text(double share);

/// `89.2 to 96.2 %`.
[[nodiscard]] std::string interval_text(const rehearsal::proportion& odds);

/// `820 ms`, `3.1 s`, `41 min 12 s`, `2 h 05 min`, `3 d 4 h`; with a minus sign
/// before negative ones.
[[nodiscard]] std::string length_text(engine::duration d);

/// `+41 s`, `−2 min 5 s`, `0 s`.
[[nodiscard]] std::string signed_length_text(engine::duration d);

/// `1 run`, `200 runs`.
[[nodiscard]] std::string count_text(std::size_t count, std::string_view what);

/// `completed`, `faulted: CODE`.
[[nodiscard]] std::string fate_text(rehearsal::fate::kind what, std::string_view code);

} // namespace drydock::cli
