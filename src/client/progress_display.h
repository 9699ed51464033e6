// Shows progress: a bar that is redrawn on a terminal, else a line now and then.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/retry_timer.h"
#include "client/progress.h"

namespace rawhaul::client {

// Where progress is shown.
struct Screen {
  std::function<void(std::string_view)> write;
  std::function<size_t()> width;  // in columns, asked anew for each drawing: a terminal can change its size
  bool redraws = false;           // whether a line can be drawn again
  bool color = false;
};
// As the stream and the environment have it: a terminal redraws unless TERM is dumb or missing, and has color
// unless NO_COLOR is set (no-color.org). `stream` must outlive it.
Screen MakeScreen(std::FILE* stream);

// Used by one thread. Ends the line that it drew when it goes.
class ProgressDisplay {
 public:
  ProgressDisplay(Screen screen, const RetryTimer& timer, std::string label);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // As often as the caller likes: drawn ten times a second at most, or written every ten seconds where
  // something changed.
  void Show(const WorkDone& done);
  // A line of its own, above the bar.
  void Say(std::string_view line);
  // Shows what was shown last once more, whenever that was, and ends the line.
  void Finish();

 private:
  void Draw();
  void Write();

  const Screen screen_;
  const RetryTimer& timer_;
  const std::string label_;
  ProgressMeter meter_;
  std::optional<ProgressMeter::TimePoint> shown_;  // when the line was drawn or written
  WorkDone written_;                               // what that line said
  bool line_is_open_ = false;
};

}  // namespace rawhaul::client
