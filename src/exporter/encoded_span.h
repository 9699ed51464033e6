// Sums of what encoders report.
#pragma once

#include <algorithm>

#include "format/encoder.h"

namespace rawhaul {

inline void Widen(std::optional<Timestamp>& first, std::optional<Timestamp>& last, const Encoded& more) {
  if (more.first) first = first ? std::min(*first, *more.first) : *more.first;
  if (more.last) last = last ? std::max(*last, *more.last) : *more.last;
}

inline void Add(Encoded& sum, const Encoded& more) {
  sum.rows += more.rows;
  Widen(sum.first, sum.last, more);
}

}  // namespace rawhaul
