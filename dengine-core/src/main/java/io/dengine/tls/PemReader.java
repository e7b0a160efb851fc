package io.dengine.tls;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads keys and certificates from PEM text (RFC 7468). Stateless. */
final class PemReader {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PRIVATE_KEY = "PRIVATE KEY";

    private PemReader() {}

    private record Block(String label, String base64) {

        /** Not for the log: it may be a key. */
        @Override
        public String toString() {
            return label;
        }

        byte[] der(String source) {
            try {
                return Base64.getMimeDecoder().decode(base64.strip());
            } catch (IllegalArgumentException e) {
                throw new InvalidTlsMaterialException(
                        source + " holds a damaged block of type " + label + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * @param source names where the text is from, in failures
     * @throws InvalidTlsMaterialException if there is no certificate, or one cannot be read
     */
    static List<X509Certificate> certificates(String source, String pem) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(pem)) {
            if (block.label.equals(CERTIFICATE)) {
                certificates.add(certificate(source, block.der(source)));
            }
        }
        if (certificates.isEmpty()) {
            throw new InvalidTlsMaterialException(
                    source + " holds no certificate: '-----BEGIN CERTIFICATE-----' is missing");
        }
        return certificates;
    }

    private static X509Certificate certificate(String source, byte[] der) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new InvalidTlsMaterialException(source + " holds a damaged certificate: " + e.getMessage(), e);
        }
    }

    /**
     * @param certificate the key must belong to it
     * @throws InvalidTlsMaterialException if there is no key, it cannot be read, or is another certificate's
     */
    static PrivateKey privateKey(String source, String pem, X509Certificate certificate) {
        List<String> others = new ArrayList<>();
        for (Block block : blocks(pem)) {
            if (block.label.equals(PRIVATE_KEY)) {
                return privateKey(source, block, certificate);
            }
            others.add(block.label);
        }
        throw new InvalidTlsMaterialException(
                source + " holds no PKCS#8 private key ('-----BEGIN PRIVATE KEY-----') but " + others
                        + "; 'openssl pkcs8 -topk8 -nocrypt' makes one of other forms");
    }

    private static PrivateKey privateKey(String source, Block block, X509Certificate certificate) {
        PublicKey publicKey = certificate.getPublicKey();
        try {
            PrivateKey key = KeyFactory.getInstance(publicKey.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(block.der(source)));
            if (!belongTogether(key, publicKey)) {
                throw notTheCertificates(source, certificate, null);
            }
            return key;
        } catch (GeneralSecurityException e) {
            throw notTheCertificates(source, certificate, e);
        }
    }

    private static InvalidTlsMaterialException notTheCertificates(
            String source, X509Certificate certificate, @Nullable GeneralSecurityException e) {
        return new InvalidTlsMaterialException(
                source + " does not hold the key of the certificate " + TlsMaterial.describe(certificate)
                        + (e == null ? "" : ": " + e.getMessage()),
                e);
    }

    /** A pair of files is replaced one after the other: whoever reads in between gets two that do not fit. */
    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm;
        switch (publicKey.getAlgorithm()) {
            case "RSA" -> algorithm = "SHA256withRSA";
            case "EC" -> algorithm = "SHA256withECDSA";
            case "EdDSA" -> algorithm = "EdDSA";
            default ->
                throw new GeneralSecurityException(
                        "keys of type " + publicKey.getAlgorithm() + " are not supported; use RSA, EC or Ed25519");
        }
        byte[] probe = {1, 2, 3};
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(privateKey);
        signer.update(probe);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(publicKey);
        verifier.update(probe);
        return verifier.verify(signature);
    }

    private static List<Block> blocks(String pem) {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(pem);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }
}
