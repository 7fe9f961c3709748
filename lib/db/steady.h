#pragma once

#include <functional>
#include <memory>

#include "db/session.h"

namespace db {

// A session that opens another connection where its own was lost outside of a
// transaction, and does there what it was about to do; hours of probes may lie
// between a load and a write.  What is lost inside of a transaction, and a
// change outside of one, is for the caller to look at; the next call opens
// anew.
//
// `open` gives a connection in place of the `first`, with its lock where there
// is one.  What it throws goes through, `refused` as `lost`, and the next call
// tries again.
std::unique_ptr<Session> make_steady(
    std::unique_ptr<Session> first,
    std::function<std::unique_ptr<Session>()> open);

}  // namespace db
