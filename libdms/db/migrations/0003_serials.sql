-- RFC 1982 section 3.2: whether a server that serves `served` (null: nothing yet) still lacks `published`.
CREATE FUNCTION serial_is_behind(served bigint, published bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    published IS NOT NULL
    AND (served IS NULL OR (published - served + 4294967296) % 4294967296 BETWEEN 1 AND 2147483647);
COMMENT ON FUNCTION serial_is_behind(bigint, bigint) IS
    'Serial arithmetic of RFC 1982: true while served (null: nothing) is older than published.';
