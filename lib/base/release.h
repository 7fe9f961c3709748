#pragma once

namespace base {

// Empties a container, its memory included.  `container = {}` keeps that.
template <typename Container>
void release(Container& container) {
  container = Container();
}

}  // namespace base
