// The line that the access log holds for one request, made from the record that a data loop left (access_record.h):
//
//   2026-03-01T12:00:00.123Z 203.0.113.7:51324 "GET shop.example.com /api/?q=1" 200 5123
//   time                     client            method, host, target              status, bytes
//
//   app-1:8000 1     0.4/12.3/13.0               4f2a…  reused
//   member     tries connect/first byte/total ms id     flags
//
// Fields are separated by one space, "-" stands for what there was not, and nothing that a client sends can add a field
// or a line: control characters, quotes, backslashes and bytes beyond ASCII are written as \xNN.
#pragma once

#include <string>
#include <string_view>

namespace stead::service::http {

// Appends the line, its newline included. Returns false, and appends nothing, for bytes that are no whole record.
bool append_access_line(std::string_view record, std::string& out);

}  // namespace stead::service::http
