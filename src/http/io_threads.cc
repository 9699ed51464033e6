#include "http/io_threads.h"

#include "base/guarded.h"

namespace rawhaul::http {

IoThreads::IoThreads(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) {
    loops_.push_back(std::make_unique<Loop>());
    loops_.back()->thread = std::thread([&io = loops_.back()->io] {
      while (!RunGuarded("an I/O thread", [&io] { io.run(); })) {
      }
    });
  }
}

IoThreads::~IoThreads() { Join(); }

Executor IoThreads::Next() { return loops_[next_++ % loops_.size()]->io.get_executor(); }

void IoThreads::Join() {
  for (const auto& loop : loops_) loop->work.reset();
  for (const auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

}  // namespace rawhaul::http
